//! Internet addresses (WIRE.md §3.7).

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use super::{Decode, Encode, Reader, Writer};
use crate::error::DecodeError;
use crate::schema::Schema;

macro_rules! octets {
    ($($address:ident $len:literal $name:literal;)*) => {$(
        impl Encode for $address {
            const SCHEMA: Schema = Schema::primitive($name);

            fn encode(&self, w: &mut Writer) {
                w.put(self.octets());
            }
        }

        impl<'de> Decode<'de> for $address {
            const MIN_LEN: usize = $len;

            fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
                Ok($address::from(r.take::<$len>()?))
            }
        }
    )*};
}

octets! { Ipv4Addr 4 "ipv4"; Ipv6Addr 16 "ipv6"; }

/// Either of two, told apart by one byte: 0 for version 4, 1 for version 6.
macro_rules! either {
    ($($address:ident ($v4:ident $v6:ident) $name:literal;)*) => {$(
        impl Encode for $address {
            const SCHEMA: Schema = Schema::primitive($name);

            fn encode(&self, w: &mut Writer) {
                match self {
                    $address::V4(address) => {
                        w.put([0]);
                        address.encode(w);
                    }
                    $address::V6(address) => {
                        w.put([1]);
                        address.encode(w);
                    }
                }
            }
        }

        impl<'de> Decode<'de> for $address {
            const MIN_LEN: usize = 1 + $v4::MIN_LEN;

            fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
                match r.take()? {
                    [0] => $v4::decode(r).map($address::V4),
                    [1] => $v6::decode(r).map($address::V6),
                    _ => Err(DecodeError::UnknownTag),
                }
            }
        }
    )*};
}

either! {
    IpAddr (Ipv4Addr Ipv6Addr) "ip";
    SocketAddr (SocketAddrV4 SocketAddrV6) "socket";
}

impl Encode for SocketAddrV4 {
    const SCHEMA: Schema = Schema::primitive("socketv4");

    fn encode(&self, w: &mut Writer) {
        self.ip().encode(w);
        self.port().encode(w);
    }
}

impl<'de> Decode<'de> for SocketAddrV4 {
    const MIN_LEN: usize = 6;

    fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        Ok(SocketAddrV4::new(Decode::decode(r)?, Decode::decode(r)?))
    }
}

impl Encode for SocketAddrV6 {
    const SCHEMA: Schema = Schema::primitive("socketv6");

    fn encode(&self, w: &mut Writer) {
        self.ip().encode(w);
        self.port().encode(w);
        self.flowinfo().encode(w);
        self.scope_id().encode(w);
    }
}

impl<'de> Decode<'de> for SocketAddrV6 {
    const MIN_LEN: usize = 26;

    fn decode(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        let (ip, port) = (Decode::decode(r)?, Decode::decode(r)?);
        Ok(SocketAddrV6::new(ip, port, Decode::decode(r)?, Decode::decode(r)?))
    }
}
