# The home region moves to one where no HTTP function stands, with jobs and queues held.

mock_provider "google" {
  source = "../testing/mocks"
}

run "moved" {
  command = plan
  variables {
    home_region = "asia-east1"
    paused      = true
  }
  assert {
    condition = alltrue([
      for name, function in jsondecode(file("../wiring.json")).functions : (
        toset(output.functions[name].regions) == (function.trigger == "http" ? var.regions : toset(["asia-east1"])) &&
        (function.trigger == "http" ? output.functions[name].url == null : endswith(output.functions[name].url, ".asia-east1.run.app"))
      )
    ])
    error_message = "Event functions do not move alone, or not all of them."
  }
}
