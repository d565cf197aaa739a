//! IP addresses and networks.

use std::net::IpAddr;

/// A list of networks.
#[derive(Debug, Default)]
pub(crate) struct Networks {
    list: Vec<(IpAddr, u8)>,
}

impl Networks {
    /// Reads addresses and `address/prefix`, separated by commas or white space.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let parts = text.split([',', ' ', '\t', '\n', '\r']).filter(|part| !part.is_empty());
        Ok(Self { list: parts.map(network).collect::<Result<_, _>>()? })
    }

    /// True when the value is an address in one of the networks.
    pub(crate) fn contain(&self, value: &[u8]) -> bool {
        let address = std::str::from_utf8(value).ok().and_then(|text| text.trim().parse::<IpAddr>().ok());
        address.is_some_and(|address| self.list.iter().any(|&(network, prefix)| is_inside(address, network, prefix)))
    }
}

fn network(text: &str) -> Result<(IpAddr, u8), String> {
    let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
    let wrong = || format!("{text} is not an address or a network");
    let address: IpAddr = address.parse().map_err(|_| wrong())?;
    let width = if address.is_ipv4() { 32 } else { 128 };
    let prefix = prefix.map_or(Ok(width), str::parse).ok().filter(|&prefix| prefix <= width).ok_or_else(wrong)?;
    Ok((address, prefix))
}

fn is_inside(address: IpAddr, network: IpAddr, prefix: u8) -> bool {
    match (address.to_canonical(), network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
            address.to_bits() & mask == network.to_bits() & mask
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
            address.to_bits() & mask == network.to_bits() & mask
        }
        _ => false,
    }
}
