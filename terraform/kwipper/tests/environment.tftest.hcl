# Run with the variables of each environment in turn (scripts/terraform-test). What holds for
# every single resource is checked over the whole state by scripts/internal/cloud.

mock_provider "google" {
  source = "../testing/mocks"
}

run "plan" {
  command = plan

  assert {
    condition     = toset(keys(output.functions)) == toset(keys(jsondecode(file("../wiring.json")).functions))
    error_message = "The functions are not those of wiring.json."
  }
  assert {
    condition     = toset(output.databases) == toset(jsondecode(file("../wiring.json")).databases)
    error_message = "The databases are not those of wiring.json."
  }
}

run "apply" {
  command = apply
  variables {
    media_keys_added = true # in the end; the plan before is without
  }

  assert {
    condition     = alltrue([for name, function in jsondecode(file("../wiring.json")).functions : toset(output.functions[name].regions) == (function.trigger == "http" ? var.regions : toset([var.home_region]))])
    error_message = "An HTTP function is missing in a region, or an event function is not in the home region."
  }
  assert {
    condition     = toset(keys(output.buckets)) == toset(jsondecode(file("../wiring.json")).countries)
    error_message = "Not every country has a bucket."
  }
  assert {
    condition     = output.ring_per_second == var.renewals_per_second
    error_message = "The queues of the ring do not add up to renewals_per_second."
  }
  assert {
    condition     = length(output.dead_letter_subscriptions) == length(jsondecode(file("../wiring.json")).topics)
    error_message = "Dead letters of some topic are not kept."
  }
  assert {
    condition     = toset(keys(output.rollout.services)) == toset([for function in output.functions : function.service_name]) && output.rollout.steps == var.rollout.steps && length(output.rollout.alerts) == 4
    error_message = "scripts/rollout would not move all functions by the steps asked for."
  }
}
