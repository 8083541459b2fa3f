# The state's bucket is made before anything else: terraform/README.md.
bucket = "kwipper-prod-terraform-state"
prefix = "kwipper"
