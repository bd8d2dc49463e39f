//! Mail on its way out.
//!
//! A mailbox takes a mail in the transaction of its question, so what was acknowledged is
//! sent even if everything stops a moment later; its alarm hands it to the provider, and
//! tries again where that fails. The provider is told the mail's id with each attempt: a mail
//! whose acknowledgement was lost goes out twice at worst.
//!
//! A development deployment sends nothing: it keeps what it would have sent, for a page.

use alloc::{borrow::ToOwned, format, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{
    Fault, Outbound, Outcome, Place, Settings, Timestamp, World,
    call::Call,
    encode,
    json::object,
    migration::Migrations,
    refusal::Refusal,
    store::{Parameter, Row, Store},
};
use crate::mac::hex;

/// A mailbox, as a rule sees it: its database, and the world.
pub struct Mailbox<'a> {
    /// Its database, inside the one transaction of this run.
    pub store: &'a dyn Store,
    /// The world outside.
    pub world: &'a World<'a>,
}

/// In order; a migration that has shipped is never edited.
pub const MIGRATIONS: Migrations = &[&[
    "CREATE TABLE mail (
        sequence INTEGER PRIMARY KEY,
        id BLOB NOT NULL UNIQUE,
        recipient TEXT NOT NULL,
        subject TEXT NOT NULL,
        text TEXT NOT NULL,
        queued_at INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        due_at INTEGER NOT NULL
    )",
    "CREATE INDEX mail_by_due ON mail (due_at)",
]];

/// Attempts before a mail is given up: the last one is made some 2 hours after the first,
/// when no link in it could be used any more.
const ATTEMPTS: i64 = 9;

/// Milliseconds until the second attempt; each later wait is twice the one before.
const FIRST_WAIT: i64 = 30_000;

/// Milliseconds after which a mail is given up that was never tried, for want of a provider: whoever
/// asks for links must not fill the mailbox, and nobody be sent old ones when there is a provider.
const KEPT_FOR: i64 = 3 * 60 * 60 * 1000;

/// Mails that a development mailbox keeps.
const SHOWN: u32 = 50;

/// A mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// The recipient's address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
}

/// Takes a mail to be sent. The same id again changes nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Send {
    /// Of the mail, random.
    pub id: [u8; 16],
    /// What to send.
    pub mail: Mail,
}

/// Asks for the mails that a development deployment keeps, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct List;

/// A mail that was kept instead of sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The mail.
    pub mail: Mail,
    /// When it would have been sent.
    pub at: Timestamp,
}

impl Mail {
    /// The mailbox that sends it.
    #[must_use]
    pub fn place(&self) -> Place {
        Place::mailbox_of(&self.to)
    }
}

/// Answers another place's question.
///
/// # Errors
/// Whatever the rule says; [`Fault::Corrupt`] for a question to another kind of place.
pub fn answer(mailbox: &Mailbox<'_>, call: Call) -> Outcome<Vec<u8>> {
    Ok(match call {
        Call::SendMail(question) => encode(&send(mailbox, &question)?),
        Call::ListMail(_) => encode(&list(mailbox)?),
        _ => Err(Fault::Corrupt("a mailbox was asked what it does not know")),
    }?)
}

fn send(mailbox: &Mailbox<'_>, order: &Send) -> Outcome<()> {
    let now = mailbox.world.now;
    mailbox.store.run(
        "INSERT INTO mail (id, recipient, subject, text, queued_at, attempts, due_at)
         VALUES (?1, ?2, ?3, ?4, ?5, 0, ?5) ON CONFLICT (id) DO NOTHING",
        &[
            Parameter::Blob(&order.id),
            Parameter::Text(&order.mail.to),
            Parameter::Text(&order.mail.subject),
            Parameter::Text(&order.mail.text),
            Parameter::Integer(now.0),
        ],
    )?;
    if mailbox.world.settings.development {
        mailbox.store.run(
            "DELETE FROM mail WHERE sequence <= (SELECT max(sequence) FROM mail) - ?1",
            &[Parameter::Integer(SHOWN.into())],
        )?;
    } else {
        mailbox.world.wake_by(now);
    }
    Ok(())
}

fn list(mailbox: &Mailbox<'_>) -> Outcome<Vec<Shown>> {
    if !mailbox.world.settings.development {
        return Err(Refusal::DevelopmentOnly.into());
    }
    let rows = mailbox.store.run(
        "SELECT sequence, id, recipient, subject, text, queued_at, attempts FROM mail
         ORDER BY sequence DESC LIMIT ?1",
        &[Parameter::Integer(SHOWN.into())],
    )?;
    rows.iter()
        .map(|row| {
            Ok(Shown {
                mail: Queued::read(row)?.mail,
                at: Timestamp(row.integer(5)?),
            })
        })
        .collect()
}

/// A row that waits.
struct Queued {
    sequence: i64,
    id: [u8; 16],
    mail: Mail,
    attempts: i64,
}

impl Queued {
    fn read(row: &Row) -> Outcome<Self> {
        Ok(Self {
            sequence: row.integer(0)?,
            id: row
                .blob(1)?
                .try_into()
                .map_err(|_| Fault::Corrupt("a mail's id is not 16 bytes"))?,
            mail: Mail {
                to: row.text(2)?.to_owned(),
                subject: row.text(3)?.to_owned(),
                text: row.text(4)?.to_owned(),
            },
            attempts: row.integer(6)?,
        })
    }
}

/// Hands the mail that has waited longest to the provider, and says when next. One at a time:
/// what happened to one is written before the next is tried.
///
/// # Errors
/// [`Halt::Needs`](super::Halt::Needs) until the provider has been asked;
/// [`Fault::Unconfigured`] where mail waits and there is no provider.
pub fn alarm(mailbox: &Mailbox<'_>) -> Outcome<()> {
    let now = mailbox.world.now;
    if mailbox.world.settings.development {
        return Ok(());
    }
    let stale = mailbox.store.run(
        "DELETE FROM mail
         WHERE sequence < (SELECT min(sequence) + 1000 FROM mail) AND queued_at <= ?1 RETURNING 1",
        &[Parameter::Integer(now.0 - KEPT_FOR)],
    )?;
    if !stale.is_empty() {
        // This much is done, whatever comes of the others.
        mailbox.world.wake_by(now);
        return Ok(());
    }
    let due = mailbox.store.first(
        "SELECT sequence, id, recipient, subject, text, queued_at, attempts FROM mail
         WHERE due_at <= ?1 ORDER BY due_at LIMIT 1",
        &[Parameter::Integer(now.0)],
    )?;
    if let Some(row) = due {
        let queued = Queued::read(&row)?;
        let outbound = provider_request(mailbox.world.settings, &queued)?;
        let attempts = queued.attempts + 1;
        match mailbox.world.fetch(outbound)? {
            Ok(answer) if (200..300).contains(&answer.status) => forget(mailbox, &queued)?,
            // The provider will never take it: its own rule, not its condition.
            Ok(answer)
                if (400..500).contains(&answer.status) && ![408, 429].contains(&answer.status) =>
            {
                forget(mailbox, &queued)?;
            }
            _ if attempts >= ATTEMPTS => forget(mailbox, &queued)?,
            _ => {
                let wait = FIRST_WAIT << (attempts - 1).clamp(0, ATTEMPTS);
                mailbox.store.run(
                    "UPDATE mail SET attempts = ?2, due_at = ?3 WHERE sequence = ?1",
                    &[
                        Parameter::Integer(queued.sequence),
                        Parameter::Integer(attempts),
                        Parameter::Integer(now.plus(wait).0),
                    ],
                )?;
            }
        }
    }
    let next = mailbox
        .store
        .first("SELECT due_at FROM mail ORDER BY due_at LIMIT 1", &[])?;
    if let Some(row) = next {
        mailbox.world.wake_by(Timestamp(row.integer(0)?).max(now));
    }
    Ok(())
}

fn forget(mailbox: &Mailbox<'_>, queued: &Queued) -> Outcome<()> {
    mailbox.store.run(
        "DELETE FROM mail WHERE sequence = ?1",
        &[Parameter::Integer(queued.sequence)],
    )?;
    Ok(())
}

fn provider_request(settings: &Settings, queued: &Queued) -> Result<Outbound, Fault> {
    let port = settings
        .mail
        .as_ref()
        .ok_or(Fault::Unconfigured("a mail provider"))?;
    let letter = object! {
        "from": port.from,
        "to": queued.mail.to,
        "subject": queued.mail.subject,
        "text": queued.mail.text,
    };
    Ok(Outbound {
        method: "POST".into(),
        url: port.endpoint.clone(),
        headers: alloc::vec![
            ("authorization".into(), format!("Bearer {}", port.token)),
            ("content-type".into(), "application/json".into()),
            ("idempotency-key".into(), hex::encode(&queued.id)),
        ],
        body: letter.0.into_bytes(),
    })
}

#[cfg(feature = "sqlite")]
#[cfg(test)]
mod tests;
