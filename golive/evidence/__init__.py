"""What stays of a run: the record that every report and the decision are derived from."""
