# What is given wrongly is refused before anything is made.

mock_provider "google" {}
mock_provider "google-beta" {}
mock_provider "random" {}
mock_provider "time" {}

run "a_project_is_given_by_its_id" {
  command = plan
  variables { project = "My Project" }
  expect_failures = [var.project]
}

run "everybody_is_never_let_in" {
  command = plan
  variables { members = ["allUsers"] }
  expect_failures = [var.members]
}

run "mail_does_not_go_by_port_25" {
  command = plan
  variables { mail = { server = "smtp://mail.example.com:25", user = "a", from = "a@example.com" } }
  expect_failures = [var.mail]
}

run "a_zone_is_no_abbreviation" {
  command = plan
  variables { account = { time_zone = "CET" } }
  expect_failures = [var.account]
}

run "a_function_of_another_name_is_none" {
  command = plan
  variables { functions = { wroker = { max_instances = 10 } } }
  expect_failures = [var.functions]
}

run "a_subnet_has_room_for_instances" {
  command = plan
  variables { network = { outward_range = "10.0.0.0/28" } }
  expect_failures = [var.network]
}

run "an_archive_is_what_its_name_says" {
  command = plan
  variables { archive = "sluice.zip" }
  expect_failures = [var.archive]
}

run "a_key_lies_where_the_warehouse_does" {
  command = plan
  variables { bigquery_location = "EU" }
  expect_failures = [var.kms_key]
}
