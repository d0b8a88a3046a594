//! Writes the stubs of two.capnp; needs the `capnp` compiler.

fn main() {
    capnpc::CompilerCommand::new().file("two.capnp").run().unwrap();
}
