"""A rehearsal moves a release back and forward on a target that is no production, by a journal of its steps."""
