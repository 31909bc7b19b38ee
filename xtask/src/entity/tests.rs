//! The scaffold on a copy of the sources: what it writes fits the contract, the model and the database.

use super::changes::files;
use super::{Arguments, planned};
use crate::cargo::root;
use service_kit::db::{DatabaseUrl, Db, Migrations, PoolSizes};
use std::fs;
use std::path::Path;

#[expect(clippy::pedantic, reason = "the build's own checks")]
#[path = "../../../proto/build/rules.rs"]
mod rules;
#[expect(clippy::pedantic, reason = "the build's own checks")]
#[path = "../../../proto/build/standard.rs"]
mod standard;

/// A command line, as people type it.
fn arguments(line: &str) -> Arguments {
    use clap::Parser;
    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }
    Line::parse_from(std::iter::once("entity").chain(line.split_whitespace())).arguments
}

/// What the scaffold reads and writes, as it is now.
fn copied() -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for folder in [
        "proto/menshen",
        "proto/google",
        "crm-service/src",
        "crm-service/policy",
        "crm-service/migrations",
    ] {
        copy_folder(&root().unwrap().join(folder), &copy.path().join(folder));
    }
    copy
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for path in files(from).unwrap() {
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, target).unwrap();
        }
    }
}

/// Runs the command in the copy.
fn made(copy: &Path, line: &str) {
    let (_, changes) =
        planned(copy, &arguments(line)).unwrap_or_else(|error| panic!("{line}: {error}"));
    changes.write().unwrap();
}

fn refused(copy: &Path, line: &str, because: &str) {
    let error = planned(copy, &arguments(line)).unwrap_err().to_string();
    assert!(error.contains(because), "{line}: {error}");
}

/// Every shape, in new areas and old ones, on parents of every shape.
const EVERY_SHAPE: [&str; 8] = [
    "voyage --area fleet --chinese 线索 --owned",
    "charter --area fleet --chinese 商机 --owned --of customer",
    "berth --area fleet --chinese 报价 --of charter",
    "berth_line --area fleet --chinese 报价行 --of berth",
    "buoy --area customers --chinese 备注 --of customer",
    "anchor --area assets --chinese 产品 --catalogue",
    "anchor_price --area assets --chinese 价格 --of anchor",
    "person --area people --chinese 人 --plural people --owned --of anchor",
];

fn with_every_shape() -> tempfile::TempDir {
    let copy = copied();
    for line in EVERY_SHAPE {
        made(copy.path(), line);
    }
    copy
}

#[test]
fn what_is_written_keeps_the_rules_of_the_contract() {
    let copy = with_every_shape();
    let protos = copy.path().join("proto");
    let mut compiler = protox::Compiler::new([&protos]).unwrap();
    compiler.include_imports(true);
    let sources = files(&protos.join("menshen/crm/v1")).unwrap();
    compiler.open_files(sources).unwrap();
    let set = compiler.encode_file_descriptor_set();
    let pool = prost_reflect::DescriptorPool::decode(set.as_slice()).unwrap();
    let table = rules::table(&pool).unwrap();
    let served = standard::implementations(&pool).unwrap();
    for (kind, plural) in [
        ("Voyage", "Voyages"),
        ("AnchorPrice", "AnchorPrices"),
        ("Person", "People"),
    ] {
        for method in [
            format!("Get{kind}"),
            format!("BatchGet{plural}"),
            format!("List{plural}"),
        ] {
            assert!(
                table.contains(&format!("menshen.crm.v1.{kind}Service/{method}")),
                "{method}"
            );
        }
        // A method that the build does not take for a standard one would be left to do by hand.
        assert!(!served.contains(&format!("{kind}Verbs")), "{kind}");
    }
}

#[test]
fn what_is_written_keeps_the_rules_of_the_model() {
    let copy = with_every_shape();
    let mut model = String::new();
    let mut parts = files(&copy.path().join("crm-service/policy/model")).unwrap();
    parts.sort_by_key(|path| !path.ends_with("base.zed"));
    for part in parts {
        model += &fs::read_to_string(part).unwrap();
    }
    let compiled = authz_service::engine::schema::compile(&model).unwrap();
    assert!(compiled.warnings.is_empty(), "{:?}", compiled.warnings);
    for name in [
        "voyage",
        "charter",
        "berth",
        "berth_line",
        "buoy",
        "anchor",
        "anchor_price",
        "person",
    ] {
        assert!(
            model.contains(&format!("\ndefinition {name} {{\n")),
            "{name}"
        );
    }
}

#[tokio::test]
async fn what_is_written_makes_tables() {
    let copy = with_every_shape();
    let folder = copy.path().join("crm-service/migrations");
    let server = fs::read_to_string(copy.path().join("crm-service/src/server.rs")).unwrap();
    let mut steps = Vec::new();
    for file in files(&folder).unwrap() {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(
            server.contains(&format!("\"{name}\",")),
            "{name} is not in the list"
        );
        let text = fs::read_to_string(&file).unwrap();
        steps.push((&*name.leak(), &*text.leak()));
    }
    assert!(
        steps.iter().any(|(name, _)| *name == "0007_voyages"),
        "{steps:?}"
    );
    let url = DatabaseUrl::sqlite(copy.path().join("crm.db"));
    let db = Db::connect(&url, &PoolSizes::default()).await.unwrap();
    db.migrate(&Migrations::new(steps.leak())).await.unwrap();
    db.close().await;
}

#[test]
fn kinds_join_every_list_once() {
    let copy = with_every_shape();
    let count = |path: &str, text: &str| {
        fs::read_to_string(copy.path().join(path))
            .unwrap()
            .matches(text)
            .count()
    };
    for (path, text) in [
        (
            "crm-service/src/kinds.rs",
            "    VoyageServiceServer: Voyage,\n",
        ),
        (
            "crm-service/src/kinds.rs",
            "use crate::fleet::voyage::Voyage;\n",
        ),
        ("crm-service/src/lib.rs", "\nmod fleet;\n"),
        (
            "crm-service/src/fleet.rs",
            "pub(crate) mod berth;\npub(crate) mod berth_line;\npub(crate) mod charter;\npub(crate) mod voyage;\n",
        ),
        (
            "crm-service/src/customers.rs",
            "pub(crate) mod buoy;\npub(crate) mod contact;\n",
        ),
        (
            "crm-service/policy/rights/fleet.yaml",
            "  - modules: [voyages]\n",
        ),
        (
            "crm-service/policy/rights/customers.yaml",
            "  - modules: [buoys]\n",
        ),
        (
            "crm-service/src/fleet/berth_line.rs",
            "use super::berth::BERTH;\n",
        ),
        (
            "crm-service/src/fleet/charter.rs",
            "use crate::customers::customer::CUSTOMER;\n",
        ),
    ] {
        assert_eq!(count(path, text), 1, "{path}: {text}");
    }
    for area in ["assets", "fleet", "people"] {
        let named = format!("\"{area}\"");
        assert_eq!(count("crm-service/src/policy.rs", &named), 2, "{area}");
    }
}

#[test]
fn what_is_left_is_told() {
    let copy = copied();
    for (area, is_told) in [("fleet", true), ("customers", false)] {
        let line = format!("voyage --area {area} --chinese 线索 --owned");
        let (entity, changes) = planned(copy.path(), &arguments(&line)).unwrap();
        let report = super::report(&entity, &changes).unwrap();
        assert!(
            report.contains("made    proto/menshen/crm/v1/voyages.proto\n"),
            "{report}"
        );
        assert_eq!(report.contains("is new"), is_told, "{report}");
    }
}

#[test]
fn what_cannot_be_made_is_refused_and_leaves_nothing() {
    let copy = copied();
    for (line, because) in [
        (
            "Voyage --area fleet --chinese 线索 --owned",
            "the name `Voyage` is not lower snake case",
        ),
        (
            "voyage --area Fleet --chinese 线索 --owned",
            "the area `Fleet` is not lower snake case",
        ),
        (
            "voyage --area fleet --chinese a% --owned",
            "`a%` is not a name",
        ),
        (
            "contact --area fleet --chinese 人 --owned",
            "there is a kind `contact` already, in `customers`",
        ),
        (
            "voyage --area fleet --chinese 线索 --of custmer",
            "there is no kind `custmer` to belong to; name one of attachment",
        ),
        ("voyage --area fleet --chinese 线索", "in one way"),
        (
            "voyage --area fleet --chinese 线索 --owned --catalogue",
            "in one way",
        ),
        (
            "voyage --area fleet --chinese 线索 --catalogue --of customer",
            "in one way",
        ),
        (
            "voyage --area records --chinese 线索 --owned",
            "a part of crm-service that holds no kinds",
        ),
        (
            "voyage --area base --chinese 线索 --owned",
            "a part of crm-service that holds no kinds",
        ),
        (
            "team --area fleet --chinese 组 --owned",
            "defines `team` already",
        ),
        (
            "money --area fleet --chinese 钱 --owned --plural moneys",
            "has a `Money` already",
        ),
        (
            "request --area fleet --chinese 请求 --owned",
            "makes a table `requests` already",
        ),
        (
            "value --area fleet --chinese 值 --owned",
            "means something else",
        ),
        (
            "worth --area fleet --chinese 值 --owned --plural values",
            "means something else in SQL",
        ),
        (
            "setting --area fleet --chinese 设置 --catalogue",
            "settings",
        ),
    ] {
        refused(copy.path(), line, because);
    }
    assert!(!copy.path().join("crm-service/src/fleet").exists());
    made(copy.path(), EVERY_SHAPE[0]);
    refused(
        copy.path(),
        EVERY_SHAPE[0],
        "there is a kind `voyage` already, in `fleet`",
    );
}
