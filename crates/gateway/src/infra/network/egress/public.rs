//! Which addresses are of the public internet (IANA's special-purpose registries, RFC 6890), and which belong to a cloud's
//! metadata service.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where clouds tell a machine its credentials, or command it, beyond those that are link-local anyway.
const METADATA: [IpAddr; 7] = [
    // AWS, GCP, Azure, OCI and many others.
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    // AWS: tasks of ECS, pods of EKS.
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 2)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 23)),
    // Alibaba.
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    // Azure's wire server: an address of the public range that never leaves the host.
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    // AWS, GCP over IPv6.
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)),
];

/// Whether an address is one of the public internet.
pub fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(v4) => is_public_v4(v4) && !is_metadata(ip),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

/// Whether a cloud's metadata service answers there.
pub fn is_metadata(ip: IpAddr) -> bool {
    METADATA.contains(&ip.to_canonical())
}

/// The IPv4 address that an IPv6 one leads to: NAT64 (RFC 6052, 8215), 6to4, and what is IPv4-compatible.
pub fn embedded(ip: IpAddr) -> Option<IpAddr> {
    let IpAddr::V6(v6) = ip.to_canonical() else { return None };
    let [a, b, c, d, e, f, g, h] = v6.segments();
    let v4 = |high: u16, low: u16| Some(IpAddr::V4(((u32::from(high) << 16) | u32::from(low)).into()));
    match (a, b) {
        (0x2002, _) => v4(b, c),
        (0x64, 0xff9b) => v4(g, h),
        (0, 0) if [c, d, e, f] == [0; 4] && (g, h) > (0, 1) => v4(g, h),
        _ => None,
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let is_special = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_documentation()
        || ip.is_multicast()
        || a == 0
        || a >= 240
        || a == 100 && (64..128).contains(&b)
        || a == 192 && b == 0 && c == 0
        || a == 192 && b == 88 && c == 99
        || a == 198 && (b == 18 || b == 19);
    !is_special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [a, b, c, ..] = ip.segments();
    // What is not 2000::/3 is not global unicast: loopback, link-local, unique local, NAT64, mapped addresses.
    let is_global = a & 0xe000 == 0x2000;
    // Teredo and its neighbours, documentation, and 6to4, which would lead to any IPv4 address.
    let is_special = a == 0x2001 && (b < 0x0200 || b == 0x0db8) || a == 0x2002 || a == 0x3fff && b < 0x1000;
    is_global && !is_special && !(a == 0x2620 && b == 0x4f && c == 0x8000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ip: &str, expected: bool) {
        assert_eq!(is_public(ip.parse().unwrap()), expected, "{ip}");
    }

    #[test]
    fn what_is_not_public() {
        for ip in ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"] {
            check(ip, true);
        }
        for ip in [
            "127.0.0.1",
            "127.8.8.8",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "168.63.129.16",
            "100.64.0.1",
            "192.0.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "::7f00:1",
            "fe80::1",
            "fec0::1",
            "fd00:ec2::254",
            "fd20:ce::254",
            "ff02::1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::a00:1",
            "2002:a00:1::",
            "2002:a9fe:a9fe::",
            "2001::1",
            "2001:db8::1",
            "3fff::1",
        ] {
            check(ip, false);
        }
    }

    #[test]
    fn an_ipv4_address_is_seen_inside_an_ipv6_one() {
        for (ip, expected) in [
            ("64:ff9b::a9fe:a9fe", Some("169.254.169.254")),
            ("64:ff9b:1::a00:1", Some("10.0.0.1")),
            ("2002:a9fe:a9fe::1", Some("169.254.169.254")),
            ("::a9fe:a9fe", Some("169.254.169.254")),
            ("::1", None),
            ("2606:4700::1111", None),
        ] {
            let found = embedded(ip.parse().unwrap()).map(|v4| v4.to_string());
            assert_eq!(found.as_deref(), expected, "{ip}");
        }
    }
}
