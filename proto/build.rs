//! Compiles the protos without protoc, and the rules declared in them into one table.
//!
//! The build fails for an RPC without a rule, a rule that does not fit its request or would leave a
//! guarded field of it unchecked, and a field rule that guards nothing.

#[path = "build/rules.rs"]
mod rules;
#[path = "build/standard.rs"]
mod standard;

use std::error::Error;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=menshen");
    println!("cargo:rerun-if-changed=google");
    println!("cargo:rerun-if-changed=build");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);

    let mut compiler = protox::Compiler::new(["."])?;
    compiler.include_imports(true).include_source_info(true);
    compiler.open_files(sources(Path::new("menshen"))?)?;

    // This set keeps our options; the one made of prost-types below drops them.
    let with_options = compiler.encode_file_descriptor_set();
    let pool = prost_reflect::DescriptorPool::decode(with_options.as_slice())?;
    std::fs::write(out.join("rules.rs"), rules::table(&pool)?)?;
    std::fs::write(out.join("standard.rs"), standard::implementations(&pool)?)?;
    std::fs::write(out.join("descriptors.bin"), &with_options)?;

    tonic_prost_build::configure()
        .build_transport(true)
        .extern_path(".google.rpc", "::tonic_types::pb")
        .compile_fds(compiler.file_descriptor_set())?;
    Ok(())
}

fn sources(folder: &Path) -> Result<Vec<PathBuf>, std::io::Error> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(sources(&path)?);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "proto")
        {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
