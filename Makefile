# `make models FOLDER=…` makes again what the local detectors have learnt; see scripts/models.
.PHONY: models
models:
	@scripts/models all "$(FOLDER)"
