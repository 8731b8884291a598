# How large and how many; docs/capacity.md says what each number carries.

variable "functions" {
  description = "Other sizes than the defaults of functions.tf, by function."
  type = map(object({
    memory        = optional(string)
    cpu           = optional(string)
    max_instances = optional(number)
    min_instances = optional(number)
  }))
  default = {}
  validation {
    condition     = length(setsubtract(keys(var.functions), ["scheduler", "planner", "worker", "importer", "monitor", "prober", "api"])) == 0
    error_message = "functions has a name that is none: they are scheduler, planner, worker, importer, monitor, prober and api."
  }
  validation {
    condition     = alltrue([for size in values(var.functions) : size.memory == null || can(regex("^(512Mi|[1-9][0-9]?Gi)$", size.memory))])
    error_message = "functions.*.memory must be 512Mi or whole Gi such as 2Gi; a worker needs 1Gi, whatever the export's size."
  }
  validation {
    condition     = alltrue([for size in values(var.functions) : size.max_instances == null || try(size.max_instances >= 1 && size.max_instances <= 2000, false)])
    error_message = "functions.*.max_instances must be 1 to 2000: each instance takes two addresses of the subnet while a new version is brought in."
  }
}

variable "limits" {
  description = "Limits of shared/config, by their variable, such as LIMIT_SLICE_BYTES or WATCH_RETRY_AFTER; times in seconds."
  type        = map(string)
  default     = {}
  validation {
    condition     = alltrue([for name, value in var.limits : can(regex("^(LIMIT|WATCH)_[A-Z_]+$", name)) && can(regex("^[1-9][0-9]{0,14}$", value))])
    error_message = "limits must be names such as LIMIT_SLICE_BYTES with whole numbers above 0, as in shared/config."
  }
}

variable "log_level" {
  description = "Events of this level and above are written to the log; alerts need INFO."
  type        = string
  default     = "INFO"
  validation {
    condition     = contains(["DEBUG", "INFO"], var.log_level)
    error_message = "log_level must be INFO, or DEBUG for a while: the alerts count events of the level INFO, such as each tick."
  }
}

variable "database" {
  description = "Size of the PostgreSQL server and how it survives a zone: REGIONAL has a second server, ZONAL has not."
  type = object({
    tier         = optional(string, "db-custom-1-3840")
    availability = optional(string, "ZONAL")
    disk_gb      = optional(number, 20)
    backups      = optional(number, 14)
    protected    = optional(bool, true)
  })
  default = {}
  validation {
    condition     = can(regex("^db-custom-[0-9]+-[0-9]+$", var.database.tier))
    error_message = "database.tier must be db-custom-CPUS-MEGABYTES such as db-custom-2-7680: shared-core tiers have no service level and few connections."
  }
  validation {
    condition     = contains(["ZONAL", "REGIONAL"], var.database.availability)
    error_message = "database.availability must be ZONAL or REGIONAL; take REGIONAL when exports may not wait for the restart of a zone."
  }
  validation {
    condition     = var.database.backups >= 7 && var.database.backups <= 365
    error_message = "database.backups must be 7 to 365 daily backups; fewer than 7 would not outlast the snapshots of the runs."
  }
}

variable "network" {
  description = "Address ranges of the two subnets and of the database, and how many public addresses customers see."
  type = object({
    outward_range = optional(string, "10.64.0.0/20")
    inward_range  = optional(string, "10.64.16.0/24")
    database_range = optional(object({
      address = string
      length  = number
    }), { address = "10.64.32.0", length = 24 })
    addresses = optional(number, 2)
  })
  default = {}
  validation {
    condition     = can(cidrhost(var.network.outward_range, 0)) && tonumber(split("/", var.network.outward_range)[1]) <= 24
    error_message = "network.outward_range must be a range of /24 or larger: Cloud Run reserves two addresses an instance, 16 at a time."
  }
  validation {
    condition     = can(cidrhost(var.network.inward_range, 0)) && tonumber(split("/", var.network.inward_range)[1]) <= 26
    error_message = "network.inward_range must be a range of /26 or larger, the smallest that Cloud Run takes."
  }
  validation {
    condition     = var.network.addresses >= 1 && var.network.addresses <= 16
    error_message = "network.addresses must be 1 to 16 public addresses; two let you replace one while customers change their lists."
  }
}

variable "nat_ports" {
  description = "Ports of Cloud NAT an instance begins with; a power of two."
  type        = number
  default     = 64
  validation {
    condition     = contains([32, 64, 128, 256, 512, 1024], var.nat_ports)
    error_message = "nat_ports must be 32, 64, 128, 256, 512 or 1024: 64,512 ports an address are shared by all instances."
  }
}
