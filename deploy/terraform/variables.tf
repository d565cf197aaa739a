variable "name" {
  description = "The name of everything that is made here."
  type        = string
  default     = "portcullis"
}

variable "cidr" {
  description = "The addresses of the network, a /20 or larger."
  type        = string
  default     = "10.80.0.0/20"
}

variable "zone" {
  description = "The availability zone."
  type        = string
}

variable "providers_allowed" {
  description = "The hosts that the gateway may connect to, by the name in TLS: model providers, OpenID and ACME servers. A leading dot stands for every host below."
  type        = list(string)
  default     = ["api.openai.com", "api.anthropic.com"]

  validation {
    condition     = length(var.providers_allowed) > 0
    error_message = "At least one host is needed, or the gateway has nobody to ask."
  }
}

variable "client_cidrs" {
  description = "The networks that may send prompts. With none, nobody may."
  type        = list(string)
  default     = []

  validation {
    condition     = !contains(var.client_cidrs, "0.0.0.0/0")
    error_message = "The gateway is not for the whole internet: put a load balancer before it, and name its network here."
  }
}

variable "port" {
  description = "The port of the data plane."
  type        = number
  default     = 8080
}
