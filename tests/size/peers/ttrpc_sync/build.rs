//! Writes the messages and stubs of two.proto.

use std::path::Path;

use ttrpc_codegen::Codegen;

fn main() {
    println!("cargo:rerun-if-changed=two.proto");
    let out = std::env::var("OUT_DIR").unwrap();
    Codegen::new().out_dir(&out).input("two.proto").include(".").rust_protobuf().run().unwrap();
    // An included file may not begin with attributes of its module.
    for name in ["two.rs", "two_ttrpc.rs"] {
        let path = Path::new(&out).join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        let lines =
            text.lines().filter(|line| !line.starts_with("#![") && !line.starts_with("//!"));
        std::fs::write(&path, lines.collect::<Vec<_>>().join("\n")).unwrap();
    }
}
