//! Sending: a worker that hands the letters of started batches to the mail server, one recipient at a time.
//!
//! **At most once.** A recipient's row is claimed, durably, before the letter is handed over, and no claimed
//! row is ever claimed again. Who is killed between the claim and the server's answer leaves a letter of
//! which nobody knows whether it went out: it is counted as unknown and not sent again. A letter too few is
//! mended by hand; one too many is not. Only where the server itself said "not now" is it tried again.
//!
//! Consent, suppression and `do_not_call` are asked for each recipient after the claim, right before the
//! letter is handed over: whoever says no while a batch is being sent is not written to.

mod finish;
mod letter;
pub(super) mod recipient;

use super::secret::{Purpose, Secret};
use crate::crm::Crm;
use crate::mail::Mailer;
use crate::records::refusal::Refusal;
use recipient::Claimed;
use std::time::Duration;

/// How long the worker rests when there is nothing to send, or nobody to send it to.
const REST: Duration = Duration::from_secs(1);

/// Goes on for ever. One is enough; more do not send twice.
pub(crate) async fn work(crm: Crm, mailer: Mailer) {
    loop {
        match round(&crm, &mailer).await {
            Ok(true) => {}
            Ok(false) => tokio::time::sleep(REST).await,
            Err(error) => {
                tracing::warn!(%error, "letters could not be sent; they are tried again");
                tokio::time::sleep(REST).await;
            }
        }
    }
}

/// One letter. False: there is none, or no server to take it.
async fn round(crm: &Crm, mailer: &Mailer) -> Result<bool, Refusal> {
    let now_us = crm.clock.now_us();
    finish::finish(crm, now_us).await?;
    if !recipient::any_due(&crm.db, now_us).await? {
        return Ok(false);
    }
    // Asked before the claim: while the server is away, no letter becomes one of which nobody knows.
    if !mailer.is_there().await {
        tracing::warn!("the mail server does not answer; letters wait for it");
        return Ok(false);
    }
    let Some(claimed) = recipient::claim(&crm.db, now_us).await? else {
        return Ok(false);
    };
    deliver(crm, mailer, &claimed).await?;
    Ok(true)
}

async fn deliver(crm: &Crm, mailer: &Mailer, claimed: &Claimed) -> Result<(), Refusal> {
    let addresses = Secret::of(&crm.db, Purpose::Addresses).await?;
    let links = Secret::of(&crm.db, Purpose::Links).await?;
    let fate = letter::hand_over(crm, mailer, claimed, [&addresses, &links]).await?;
    recipient::settle(&crm.db, claimed, &fate, crm.clock.now_us()).await
}
