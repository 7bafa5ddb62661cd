{{- define "infrastructure.labels" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end }}

{{- define "infrastructure.service" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ .name }}
  labels: {{- include "infrastructure.labels" . | nindent 4 }}
spec:
  selector: {{- include "infrastructure.labels" . | nindent 4 }}
  ports:
    - { name: main, port: {{ .part.port }}, targetPort: main }
{{- end }}

{{- define "infrastructure.pod" -}}
metadata:
  labels: {{- include "infrastructure.labels" . | nindent 4 }}
spec:
  automountServiceAccountToken: false
  securityContext: { runAsNonRoot: true, runAsUser: 10001, fsGroup: 10001, seccompProfile: { type: RuntimeDefault } }
  containers:
    - name: {{ .name }}
      image: "{{ .root.Values.image.registry }}/{{ .name }}:{{ .part.tag }}"
      ports:
        - { name: main, containerPort: {{ .part.port }} }
      securityContext:
        allowPrivilegeEscalation: false
        capabilities: { drop: [ALL] }
      resources: {{ toJson .root.Values.resources }}
      {{- with .part.mount }}
      volumeMounts:
        - { name: data, mountPath: {{ . }} }
      {{- end }}
{{- end }}
