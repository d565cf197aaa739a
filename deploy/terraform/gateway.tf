# The gateway's own ports: prompts in, TLS out. Names are resolved by the network's own resolver, which no rule can keep out.

resource "aws_network_interface" "gateway" {
  subnet_id       = aws_subnet.gateway.id
  security_groups = [aws_security_group.gateway.id]
  description     = "The gateway's: give it to its machine"
  tags            = { Name = var.name }
}

resource "aws_security_group" "gateway" {
  name        = var.name
  description = "Portcullis: prompts in, TLS to providers out"
  vpc_id      = aws_vpc.this.id
  tags        = { Name = var.name }
}

resource "aws_vpc_security_group_ingress_rule" "clients" {
  for_each          = toset(var.client_cidrs)
  security_group_id = aws_security_group.gateway.id
  description       = "Prompts"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = var.port
  to_port           = var.port
}

resource "aws_vpc_security_group_egress_rule" "providers" {
  security_group_id = aws_security_group.gateway.id
  description       = "TLS, which the firewall lets through to the hosts that are named"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}
