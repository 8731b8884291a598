# Two subnets: from one of them customers see our reserved addresses, from the other they see nobody.

resource "google_compute_network" "sluice" {
  # checkov:skip=CKV2_GCP_18:Nothing in this network listens, and a network without rules lets nothing in
  project                 = var.project
  name                    = "sluice"
  auto_create_subnetworks = false
  depends_on              = [time_sleep.apis]
}

# Who talks to customers. Private Google Access is off: with it, requests to customers' buckets and
# datasets would take Google's inner way and come from no address that a customer could allow.
resource "google_compute_subnetwork" "outward" {
  # checkov:skip=CKV_GCP_74:Customers allow our reserved addresses, which is what they see only with Private Google Access off
  # checkov:skip=CKV_GCP_26:A flow log of a terabyte's packets costs more than it tells; the log of the functions names every file
  project                  = var.project
  name                     = "sluice-outward"
  region                   = var.region
  network                  = google_compute_network.sluice.id
  ip_cidr_range            = var.network.outward_range
  private_ip_google_access = false
}

# Who opens no bucket or dataset of customers. Requests to Google go the inner way, on which api and
# monitor reach the private prober; all others leave from our addresses.
resource "google_compute_subnetwork" "inward" {
  # checkov:skip=CKV_GCP_26:See the subnet above
  project                  = var.project
  name                     = "sluice-inward"
  region                   = var.region
  network                  = google_compute_network.sluice.id
  ip_cidr_range            = var.network.inward_range
  private_ip_google_access = true
}

# The addresses that customers put on their lists (output egress_addresses).
resource "google_compute_address" "egress" {
  count   = var.network.addresses
  project = var.project
  name    = "sluice-egress-${count.index + 1}"
  region  = var.region
  labels  = local.labels
  lifecycle {
    # An address that is gone is gone for good, and customers' lists would have to change.
    prevent_destroy = true
  }
}

resource "google_compute_router" "sluice" {
  project = var.project
  name    = "sluice"
  region  = var.region
  network = google_compute_network.sluice.id
}

resource "google_compute_router_nat" "egress" {
  project                            = var.project
  name                               = "sluice-egress"
  region                             = var.region
  router                             = google_compute_router.sluice.name
  nat_ip_allocate_option             = "MANUAL_ONLY"
  nat_ips                            = google_compute_address.egress[*].self_link
  source_subnetwork_ip_ranges_to_nat = "LIST_OF_SUBNETWORKS"

  # A worker that writes many files to one bucket takes more ports when it needs them.
  enable_dynamic_port_allocation      = true
  enable_endpoint_independent_mapping = false # The two do not go together.
  min_ports_per_vm                    = var.nat_ports
  max_ports_per_vm                    = 4096

  dynamic "subnetwork" {
    for_each = [google_compute_subnetwork.outward, google_compute_subnetwork.inward]
    content {
      name                    = subnetwork.value.self_link
      source_ip_ranges_to_nat = ["ALL_IP_RANGES"]
    }
  }
  log_config {
    enable = true
    filter = "ERRORS_ONLY"
  }
}

# The database has an address inside our network and no other.
resource "google_compute_global_address" "database" {
  project       = var.project
  name          = "sluice-database"
  purpose       = "VPC_PEERING"
  address_type  = "INTERNAL"
  network       = google_compute_network.sluice.id
  address       = var.network.database_range.address
  prefix_length = var.network.database_range.length
}

resource "google_service_networking_connection" "database" {
  network                 = google_compute_network.sluice.id
  service                 = "servicenetworking.googleapis.com"
  reserved_peering_ranges = [google_compute_global_address.database.name]
}
