# Three subnets in a row: the gateway's, without a route to the internet but through the firewall; the firewall's; and the one with
# the NAT. The gateway has no public address, and nobody outside can open a connection to it.

resource "aws_vpc" "this" {
  cidr_block           = var.cidr
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = { Name = var.name }
}

# What nobody chose lets nothing through.
resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id
}

resource "aws_subnet" "gateway" {
  vpc_id                  = aws_vpc.this.id
  cidr_block              = cidrsubnet(var.cidr, 4, 0)
  availability_zone       = var.zone
  map_public_ip_on_launch = false
  tags                    = { Name = "${var.name}-gateway" }
}

resource "aws_subnet" "firewall" {
  vpc_id                  = aws_vpc.this.id
  cidr_block              = cidrsubnet(var.cidr, 4, 1)
  availability_zone       = var.zone
  map_public_ip_on_launch = false
  tags                    = { Name = "${var.name}-firewall" }
}

resource "aws_subnet" "nat" {
  vpc_id                  = aws_vpc.this.id
  cidr_block              = cidrsubnet(var.cidr, 4, 2)
  availability_zone       = var.zone
  map_public_ip_on_launch = false
  tags                    = { Name = "${var.name}-nat" }
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = var.name }
}

resource "aws_eip" "nat" {
  domain = "vpc"
  tags   = { Name = "${var.name}-nat" }
}

resource "aws_nat_gateway" "this" {
  allocation_id = aws_eip.nat.id
  subnet_id     = aws_subnet.nat.id
  tags          = { Name = var.name }
  depends_on    = [aws_internet_gateway.this]
}

locals {
  # The one endpoint of the firewall, in its subnet.
  firewall_endpoint = one([
    for state in aws_networkfirewall_firewall.this.firewall_status[0].sync_states : state.attachment[0].endpoint_id
  ])
}

resource "aws_route_table" "gateway" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "${var.name}-gateway" }

  route {
    cidr_block      = "0.0.0.0/0"
    vpc_endpoint_id = local.firewall_endpoint
  }
}

resource "aws_route_table" "firewall" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "${var.name}-firewall" }

  route {
    cidr_block     = "0.0.0.0/0"
    nat_gateway_id = aws_nat_gateway.this.id
  }
}

resource "aws_route_table" "nat" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "${var.name}-nat" }

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.this.id
  }

  # Answers come back through the firewall too, which sees both ways of a connection or judges none.
  route {
    cidr_block      = aws_subnet.gateway.cidr_block
    vpc_endpoint_id = local.firewall_endpoint
  }
}

resource "aws_route_table_association" "gateway" {
  subnet_id      = aws_subnet.gateway.id
  route_table_id = aws_route_table.gateway.id
}

resource "aws_route_table_association" "firewall" {
  subnet_id      = aws_subnet.firewall.id
  route_table_id = aws_route_table.firewall.id
}

resource "aws_route_table_association" "nat" {
  subnet_id      = aws_subnet.nat.id
  route_table_id = aws_route_table.nat.id
}
