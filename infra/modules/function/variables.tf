# What differs between functions, and what they share.

variable "name" {
  description = "Entry point, folder and deployed name: one word."
  type        = string
}

variable "does" {
  description = "What the function does, for whoever looks at its account."
  type        = string
}

variable "project" {
  description = "Project of the function and its account."
  type        = string
}

variable "region" {
  description = "Region of the function."
  type        = string
}

variable "size" {
  description = "Memory, processors, instances, requests at once in one instance, and seconds a request."
  type = object({
    memory        = string
    cpu           = string
    max_instances = number
    min_instances = number
    concurrency   = number
    timeout_s     = number
  })
}

variable "environment" {
  description = "Environment variables."
  type        = map(string)
}

variable "network" {
  description = "Network and subnet through which every request of the function goes."
  type        = object({ network = string, subnet = string })
}

variable "ingress" {
  description = "Who reaches the function at all: INTERNAL is this project, Pub/Sub and Cloud Scheduler in it."
  type        = string
  default     = "INTERNAL"
}

variable "iap" {
  description = "Whether Identity-Aware Proxy stands in front."
  type        = bool
  default     = false
}

variable "audience" {
  description = "For whom tokens of callers are made out: the function's own address."
  type        = string
}

variable "invokers" {
  description = "Who may call: name => member. A name alone makes no account; see `caller`."
  type        = map(string)
  default     = {}
}

variable "caller" {
  description = "Whether the function is called by Pub/Sub or Cloud Scheduler, through an account of its own."
  type        = bool
  default     = true
}

variable "build" {
  description = "Where the archive lies, as whom it is built, and where the image goes."
  type        = object({ source = string, account = string, images = string })
}

variable "kms_key" {
  description = "Key that encrypts the image; null for Google's own."
  type        = string
}

variable "labels" {
  description = "Labels of the function."
  type        = map(string)
}
