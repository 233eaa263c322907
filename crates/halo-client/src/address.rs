//! Which network addresses we call, checked where the connection is made.
//!
//! A name is resolved by [`GuardedResolver`] right before connecting, so a name that changes its address after a check cannot pass.
//! Addresses written as numbers never reach a resolver; `url.rs` checks those.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// IPv4 networks that are nobody's public host: first address, prefix length, what they are. Source: IANA special-purpose registry.
const IPV4: [([u8; 4], u32, &str); 14] = [
    ([0, 0, 0, 0], 8, UNSPECIFIED),
    ([10, 0, 0, 0], 8, PRIVATE),
    ([100, 64, 0, 0], 10, "an address of a provider's own network"),
    ([127, 0, 0, 0], 8, LOOPBACK),
    ([169, 254, 0, 0], 16, LINK_LOCAL),
    ([172, 16, 0, 0], 12, PRIVATE),
    ([192, 0, 0, 0], 24, RESERVED),
    ([192, 0, 2, 0], 24, RESERVED),
    ([192, 88, 99, 0], 24, RESERVED),
    ([192, 168, 0, 0], 16, PRIVATE),
    ([198, 18, 0, 0], 15, "an address for network tests"),
    ([198, 51, 100, 0], 24, RESERVED),
    ([203, 0, 113, 0], 24, RESERVED),
    ([224, 0, 0, 0], 3, MULTICAST),
];

/// The same for IPv6: first segments, prefix length, what they are.
const IPV6: [([u16; 3], u32, &str); 9] = [
    ([0x64, 0xff9b, 1], 48, PRIVATE),
    ([0x100, 0, 0], 64, RESERVED),
    ([0x2001, 0, 0], 23, RESERVED),
    ([0x2001, 0xdb8, 0], 32, RESERVED),
    ([0x3fff, 0, 0], 20, RESERVED),
    ([0xfc00, 0, 0], 7, PRIVATE),
    ([0xfe80, 0, 0], 10, LINK_LOCAL),
    ([0xfec0, 0, 0], 10, PRIVATE),
    ([0xff00, 0, 0], 8, MULTICAST),
];

/// Where clouds hand out a machine's own credentials. Never called, whatever is allowed.
const METADATA: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)), IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254))];

const PRIVATE: &str = "a private address";
const LOOPBACK: &str = "this machine's own address";
const LINK_LOCAL: &str = "a link-local address";
const RESERVED: &str = "a reserved address";
const UNSPECIFIED: &str = "no host's address";
const MULTICAST: &str = "a multicast or reserved address";

/// Why `address` is not called, as `a private address`; `None` when it is.
///
/// With `allow_private` only addresses that are no host's, and those of a cloud's metadata service, are refused.
#[must_use]
pub fn refusal_of_address(address: IpAddr, allow_private: bool) -> Option<&'static str> {
    let address = match address {
        IpAddr::V6(v6) => embedded_ipv4(v6).map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    };
    if METADATA.contains(&address) {
        return Some("the metadata service of a cloud");
    }
    let kind = kind_of(address)?;
    (!allow_private || [UNSPECIFIED, MULTICAST].contains(&kind)).then_some(kind)
}

fn kind_of(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(v4) => IPV4
            .iter()
            .find(|(first, prefix, _)| {
                same_prefix(u32::from(v4).into(), u32::from_be_bytes(*first).into(), 32, *prefix)
            })
            .map(|(_, _, kind)| *kind),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Some(UNSPECIFIED),
        IpAddr::V6(Ipv6Addr::LOCALHOST) => Some(LOOPBACK),
        IpAddr::V6(v6) => IPV6
            .iter()
            .find(|([a, b, c], prefix, _)| {
                let first = Ipv6Addr::new(*a, *b, *c, 0, 0, 0, 0, 0);
                same_prefix(v6.into(), first.into(), 128, *prefix)
            })
            .map(|(_, _, kind)| *kind),
    }
}

fn same_prefix(left: u128, right: u128, bits: u32, prefix: u32) -> bool {
    (left ^ right) >> (bits - prefix) == 0
}

/// The IPv4 address that an IPv6 one stands for: mapped, compatible, NAT64 or 6to4.
fn embedded_ipv4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let from = |high: u16, low: u16| Some(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    match [a, b, c, d, e, f] {
        [0, 0, 0, 0, 0, 0xffff] | [0x64, 0xff9b, 0, 0, 0, 0] => from(g, h),
        [0, 0, 0, 0, 0, 0] if g != 0 => from(g, h),
        [0x2002, high, low, ..] => from(high, low),
        _ => None,
    }
}

/// No address of this host may be called.
#[derive(Debug, thiserror::Error)]
#[error("{address} is {kind}")]
pub(crate) struct BlockedAddress {
    pub(crate) address: IpAddr,
    pub(crate) kind: &'static str,
}

/// Resolves names with the system's resolver and leaves out the addresses that we do not call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GuardedResolver {
    pub(crate) allow_private: bool,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(callable(&found, allow_private)?.into_iter()) as Addrs)
        })
    }
}

fn callable(found: &[SocketAddr], allow_private: bool) -> Result<Vec<SocketAddr>, BlockedAddress> {
    let refusal = |address: &SocketAddr| refusal_of_address(address.ip(), allow_private);
    let good: Vec<SocketAddr> = found.iter().copied().filter(|address| refusal(address).is_none()).collect();
    match found.iter().find_map(|address| refusal(address).map(|kind| (address.ip(), kind))) {
        Some((address, kind)) if good.is_empty() => Err(BlockedAddress { address, kind }),
        _ => Ok(good),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(address: &str, refused: bool, refused_when_private_allowed: bool) {
        let address: IpAddr = address.parse().unwrap();
        assert_eq!(refusal_of_address(address, false).is_some(), refused, "{address}");
        assert_eq!(
            refusal_of_address(address, true).is_some(),
            refused_when_private_allowed,
            "{address}, private allowed"
        );
    }

    #[test]
    fn public_addresses_are_called() {
        for address in
            ["1.1.1.1", "172.15.255.255", "172.32.0.0", "100.63.0.1", "192.167.1.1", "2606:4700::1111", "2a00:1450::1"]
        {
            check(address, false, false);
        }
    }

    #[test]
    fn own_networks_are_called_only_when_allowed() {
        for address in
            ["10.1.2.3", "127.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "169.254.1.1", "100.64.0.1"]
        {
            check(address, true, false);
        }
        for address in
            ["::1", "fe80::1", "fd12::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"]
        {
            check(address, true, false);
        }
    }

    #[test]
    fn what_is_no_host_is_never_called() {
        for address in
            ["0.0.0.0", "224.0.0.1", "255.255.255.255", "::", "ff02::1", "169.254.169.254", "::ffff:169.254.169.254"]
        {
            check(address, true, true);
        }
        check("fd00:ec2::254", true, true);
    }

    #[test]
    fn a_name_with_public_and_private_addresses_is_reached_at_the_public_ones() {
        let found: Vec<SocketAddr> = vec!["10.0.0.1:0".parse().unwrap(), "1.1.1.1:0".parse().unwrap()];
        assert_eq!(callable(&found, false).unwrap(), found[1..]);
        assert!(callable(&found[..1], false).is_err());
        assert_eq!(callable(&found, true).unwrap(), found);
    }
}
