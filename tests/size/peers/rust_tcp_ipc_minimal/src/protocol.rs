//! The slimmest protocol that the library takes: one command, a length of four bytes.

use rust_tcp_ipc::Protocol;

#[derive(Debug)]
pub enum Bytes {}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Command {
    Call,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Idle;

impl Protocol for Bytes {
    type Commands = Command;
    type BusyStates = Idle;
    type CommandAsArray = [u8; 1];
    type LengthAsArray = [u8; 4];
    type HeaderAsArray = [u8; 5];

    fn idle() -> Idle {
        Idle
    }

    fn message_is_answered_via_immediate_route(
        _: &Command,
        _: &[u8],
        _: &Idle,
    ) -> Option<(Command, Vec<u8>)> {
        None
    }

    fn parse_command(command: &[u8; 1]) -> Option<Command> {
        (*command == [0]).then_some(Command::Call)
    }

    fn parse_length(length: &[u8; 4]) -> Option<usize> {
        Some(u32::from_le_bytes(*length) as usize)
    }

    fn message_slice_to_header_array(input: &[u8]) -> Option<(&[u8; 5], &[u8])> {
        input.split_first_chunk()
    }

    fn split_header_array(header: &[u8; 5]) -> (&[u8; 1], &[u8; 4]) {
        let (command, length) = header.split_first_chunk().unwrap();
        (command, length.try_into().unwrap())
    }

    fn command_to_array(_: Command) -> [u8; 1] {
        [0]
    }

    fn get_length_as_array(_: Command, message: &[u8]) -> Option<[u8; 4]> {
        u32::try_from(message.len()).ok().map(u32::to_le_bytes)
    }

    fn construct_header(command: [u8; 1], length: [u8; 4]) -> Vec<u8> {
        [&command[..], &length].concat()
    }
}
