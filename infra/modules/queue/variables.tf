# A topic, its push subscription, and where its messages end that nobody could do.

variable "name" {
  description = "Name of the topic; the code names it in shared/ports/messages.py."
  type        = string
}

variable "project" {
  description = "Project of the topic."
  type        = string
}

variable "endpoint" {
  description = "Address that messages are pushed to."
  type        = string
}

variable "audience" {
  description = "For whom the tokens of pushes are made out."
  type        = string
}

variable "caller" {
  description = "E-mail address of the account that pushes are made as."
  type        = string
}

variable "service" {
  description = "Name of the function; nothing is pushed before it serves."
  type        = string
}

variable "dead_letters" {
  description = "What takes messages that were delivered five times in vain; null for the last one in the row."
  type        = object({ topic = string })
  default     = null
}

variable "pubsub_agent" {
  description = "Member: Pub/Sub's own account, which moves dead letters."
  type        = string
}

variable "publishers" {
  description = "Who may publish: name => member."
  type        = map(string)
}

variable "kms_key" {
  description = "Key that encrypts messages; null for Google's own."
  type        = string
}

variable "labels" {
  description = "Labels of topic and subscription."
  type        = map(string)
}
