//! A PostgreSQL database that sorts by a language's rules would order and compare ids otherwise than
//! SQLite, and otherwise after an upgrade of the system.

use crate::startup::launch;
use e2e::binaries::Binary;
use e2e::database::Backend;
use e2e::service::Service;

mod postgres {
    #[test]
    fn database_with_another_collation_is_refused_with_the_remedy() -> e2e::Result<()> {
        e2e::fact::from_scratch(e2e::database::Backend::Postgres, super::refused)
    }
}

/// Every build with ICU has this one, whatever locales the system has.
const ENGLISH: &str = "LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C'";

async fn refused(_: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let server = e2e::postgres::server().unwrap();
    let url = server.create_database("collated", ENGLISH).await.unwrap();
    for binary in [Binary::Authz, Binary::Crm] {
        let arguments = ["--listen", "127.0.0.1:0", "--insecure"];
        let launch = launch(binary, folder.path(), &arguments, &url);
        let (status, output) = Service::refused(&launch).unwrap();
        assert!(!status.success());
        for part in ["LOCALE 'C'", "template0"] {
            assert!(output.contains(part), "no `{part}` in:\n{output}");
        }
    }
}
