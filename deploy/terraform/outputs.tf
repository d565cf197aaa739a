output "network_interface_id" {
  description = "The interface for the gateway's machine."
  value       = aws_network_interface.gateway.id
}

output "subnet_id" {
  description = "The gateway's subnet, for a machine or a container that brings its own interface."
  value       = aws_subnet.gateway.id
}

output "security_group_id" {
  description = "The security group that goes with it."
  value       = aws_security_group.gateway.id
}

output "public_address" {
  description = "What providers see the gateway as, for their own allow-lists."
  value       = aws_eip.nat.public_ip
}
