# The seven functions: what each does, how large it is, and what its environment says.

locals {
  # `ls functions`: a test compares the two. Subnet outward: customers' buckets see our addresses.
  functions = {
    scheduler = {
      does   = "Every minute: records the windows that are due and publishes all work that waits."
      subnet = "inward"
      size   = { memory = "512Mi", cpu = "1", max_instances = 2, min_instances = 0, concurrency = 1, timeout_s = 300 }
    }
    planner = {
      does   = "Plans one run: freezes its window and cuts it into slices."
      subnet = "outward"
      size   = { memory = "2Gi", cpu = "1", max_instances = 20, min_instances = 0, concurrency = 1, timeout_s = 600 }
    }
    worker = {
      does   = "Writes one slice of a run into the customer's bucket."
      subnet = "outward"
      # Measured: under 600 MB, however large the export. One slice an instance at a time.
      size = { memory = "1Gi", cpu = "1", max_instances = 100, min_instances = 0, concurrency = 1, timeout_s = 600 }
    }
    importer = {
      does   = "Brings one run of an import from a customer's dataset into the warehouse."
      subnet = "outward"
      # A query of a customer's may take 50 minutes; the lease is renewed meanwhile.
      size = { memory = "2Gi", cpu = "1", max_instances = 10, min_instances = 0, concurrency = 1, timeout_s = 3600 }
    }
    monitor = {
      does = "Watches over deliveries: incidents, e-mails, webhooks, recounts and dead letters."
      # Mail and webhooks leave from our addresses here, too; the private prober is reached only here.
      subnet = "inward"
      size   = { memory = "1Gi", cpu = "1", max_instances = 4, min_instances = 0, concurrency = 1, timeout_s = 1800 }
    }
    prober = {
      does   = "Tries customers' credentials; private."
      subnet = "outward"
      size   = { memory = "512Mi", cpu = "1", max_instances = 4, min_instances = 0, concurrency = 4, timeout_s = 120 }
    }
    api = {
      does   = "REST API and dashboard, behind Identity-Aware Proxy."
      subnet = "inward"
      # The server has eight threads; previews and lists are short.
      size = { memory = "1Gi", cpu = "1", max_instances = 5, min_instances = 0, concurrency = 8, timeout_s = 120 }
    }
  }

  # The address that Cloud Run gives a service is known before there is one. Tokens are made out
  # for it, so the environment of a function can say what to ask its callers for.
  addresses = {
    for name in keys(local.functions) : name => "https://${name}-${local.number}.${var.region}.run.app"
  }
  subnets = {
    outward = google_compute_subnetwork.outward.id
    inward  = google_compute_subnetwork.inward.id
  }

  # Each variable that the code reads stands here, or has a reason in infra/tests/test_deployment.py.
  shared_environment = merge({
    GOOGLE_CLOUD_PROJECT = var.project
    LOG_LEVEL            = var.log_level
    OTEL_TRACES_EXPORTER = "none" # Lines of the log bear traces; the archive holds no exporter.
    QUEUE_URL            = "pubsub://${var.project}"
    SECRETS_URL          = "secretmanager://${var.project}"
    WAREHOUSE_URL        = "bigquery://${var.project}/${local.datasets.warehouse}?staging=${local.datasets.staging}&location=${var.bigquery_location}"
  }, var.limits)

  own_environment = {
    for name in keys(local.functions) : name => merge(
      {
        # A page asks several times, each time over a new connection unless some are kept; they are
        # not where functions are many, since an idle connection is one that the server cannot give.
        STATE_URL = "cloudsql://${var.project}:${var.region}:${local.database.instance}/${local.database.name}?user=sluice-${name}@${var.project}.iam&ip=private${name == "api" ? "&keep=4" : ""}"
      },
      # A function believes whoever may call it by IAM, and asks for his token once more.
      name == "api" ? {} : {
        PUSH_AUDIENCE = local.addresses[name]
        PUSH_SERVICE_ACCOUNT = join(",", [
          for account in lookup(local.callers, name, ["call-${name}"]) : "sluice-${account}@${var.project}.iam.gserviceaccount.com"
        ])
      },
      lookup(local.environment, name, {}),
    )
  }
  # Neither Pub/Sub nor Cloud Scheduler calls these: people do, and api and monitor do.
  uncalled    = ["api", "prober"]
  callers     = { prober = ["api", "monitor"] }
  environment = { api = local.api_environment, monitor = local.monitor_environment }
  invokers    = { api = { iap = local.agents.iap } }
}

module "function" {
  source   = "./modules/function"
  for_each = local.functions

  name    = each.key
  does    = each.value.does
  project = var.project
  region  = var.region
  size = {
    memory        = coalesce(try(var.functions[each.key].memory, null), each.value.size.memory)
    cpu           = coalesce(try(var.functions[each.key].cpu, null), each.value.size.cpu)
    max_instances = coalesce(try(var.functions[each.key].max_instances, null), each.value.size.max_instances)
    min_instances = coalesce(try(var.functions[each.key].min_instances, null), each.value.size.min_instances)
    concurrency   = each.value.size.concurrency
    timeout_s     = each.value.size.timeout_s
  }
  environment = merge(local.shared_environment, local.own_environment[each.key])
  network = {
    network = google_compute_network.sluice.id
    subnet  = local.subnets[each.value.subnet]
  }
  ingress  = each.key == "api" ? "ALL" : "INTERNAL"
  iap      = each.key == "api"
  audience = local.addresses[each.key]
  caller   = !contains(local.uncalled, each.key)
  invokers = lookup(local.invokers, each.key, {})
  build = {
    source  = terraform_data.migration.output
    account = google_service_account.builder.id
    images  = local.images
  }
  kms_key = var.kms_key
  labels  = local.labels
}

# What every function may: reach its state, in this one database server.
resource "google_project_iam_member" "state" {
  for_each = merge(
    { for name in keys(local.functions) : "${name} connects" => { name = name, role = "roles/cloudsql.client" } },
    { for name in keys(local.functions) : "${name} logs in" => { name = name, role = "roles/cloudsql.instanceUser" } },
  )
  project = var.project
  role    = each.value.role
  member  = module.function[each.value.name].member
  condition {
    title      = "only_sluice_state"
    expression = "resource.name == 'projects/${var.project}/instances/${local.database.instance}' && resource.service == 'sqladmin.googleapis.com'"
  }
}
