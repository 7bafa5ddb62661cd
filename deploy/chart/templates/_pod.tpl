{{- define "golive.labels" -}}
app.kubernetes.io/name: golive
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "golive.image" -}}
{{ .Values.image.repository }}{{ with .Values.image.tag }}:{{ . }}{{ end }}{{ with .Values.image.digest }}@{{ . }}{{ end }}
{{- end }}

{{- define "golive.account" -}}
golive
{{- end }}

{{- define "golive.job" -}}
{{- $root := .root -}}
backoffLimit: 0               # a NO-GO stays one
activeDeadlineSeconds: {{ .seconds }}
ttlSecondsAfterFinished: 604800
template:
  metadata:
    labels: {{- include "golive.labels" $root | nindent 6 }}
      golive/phase: {{ .phase }}
  spec:
    restartPolicy: Never
    terminationGracePeriodSeconds: 120   # a run that is ended undoes what it began, and is stored
    serviceAccountName: {{ include "golive.account" $root }}
    automountServiceAccountToken: true   # in_cluster = true: the API server is asked as this account
    enableServiceLinks: false
    {{- with $root.Values.image.pullSecrets }}
    imagePullSecrets: {{ toJson . }}
    {{- end }}
    securityContext:
      runAsNonRoot: true
      runAsUser: 10001
      runAsGroup: 10001
      fsGroup: 10001
      fsGroupChangePolicy: OnRootMismatch
      seccompProfile: { type: RuntimeDefault }
    containers:
      - name: golive
        image: {{ include "golive.image" $root | quote }}
        args:
          - {{ .phase }}
          - {{ $root.Values.target.name }}
          - {{ $root.Values.results.kind }}
          {{- with $root.Values.release }}
          - {{ printf "--release=%s" . | quote }}
          {{- end }}
        securityContext:
          allowPrivilegeEscalation: false
          readOnlyRootFilesystem: true
          capabilities: { drop: [ALL] }
        {{- with ($root.Values.secrets | default dict).env }}
        envFrom: [{ secretRef: { name: {{ . }} } }]
        {{- end }}
        resources: {{ toJson $root.Values.resources }}
        volumeMounts:
          - { name: target, mountPath: /opt/golive/targets/{{ $root.Values.target.name }}.toml, subPath: {{ $root.Values.target.name }}.toml, readOnly: true }
          - { name: results, mountPath: /results }
          - { name: scratch, mountPath: /tmp }
          {{- if ($root.Values.secrets | default dict).files }}
          - { name: secrets, mountPath: /run/secrets/golive, readOnly: true }
          {{- end }}
    volumes:
      - name: target
        configMap: { name: {{ $root.Values.target.configMap | default "golive-target" }} }
      - name: results
        {{- if eq $root.Values.results.kind "pvc" }}
        persistentVolumeClaim: { claimName: {{ $root.Values.results.claim | default "golive-results" }} }
        {{- else }}
        emptyDir: { sizeLimit: 2Gi }
        {{- end }}
      - { name: scratch, emptyDir: { sizeLimit: 2Gi } }
      {{- with ($root.Values.secrets | default dict).files }}
      - name: secrets
        secret: { secretName: {{ . }}, defaultMode: 0440 }
      {{- end }}
{{- end }}
