# The state's bucket is made before anything else: terraform/README.md.
bucket = "kwipper-dev-terraform-state"
prefix = "kwipper"
