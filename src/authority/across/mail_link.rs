//! Sign-in by a mailed link.

use alloc::{format, string::String};

use super::{SignedIn, login::account_of};
use crate::authority::{
    AccountId, Client, Fault, Halt, Name, Outcome, Place, World,
    account::{
        form_token::FormProof,
        mail_link::{CONTINUATION_LIMIT, Inspect, Issue, Offer, Recipient, Redeem},
        password::Password,
    },
    credential::{Credential, CredentialHash, CredentialKind},
    directory::attempts::{self, Attempt},
    limits::Limit,
    mailbox::{Mail, Send},
    refusal::Refusal,
};

/// The page that a link opens, with the link's token in the query as `token`.
pub const PAGE: &str = "/sign-in/link";

/// Mails a link to the person of this user name or mail address. An unknown name is answered
/// like a known one. `continuation` is where the sign-in goes on afterwards: the front's own
/// text, at most [`CONTINUATION_LIMIT`] bytes, which comes back from [`redeem`].
///
/// # Errors
/// [`Refusal::InvalidField`] for what cannot be a name, [`Refusal::RateLimited`],
/// [`Refusal::FormRejected`].
pub fn request(
    world: &World<'_>,
    login: &str,
    continuation: &str,
    form: Option<FormProof>,
    client: &Client,
) -> Outcome<()> {
    if continuation.len() > CONTINUATION_LIMIT {
        return Err(Fault::Corrupt("a sign-in's continuation is too long").into());
    }
    world.limit_address(&Limit::ADDRESS_SIGN_IN, &client.address)?;
    let login = Name::login(login)?;
    attempts::count(world, Attempt::AskForLink, &client.address)?;
    let id = world.random();
    let account = account_of(world, &login)?;
    let link = Credential::mint(world, CredentialKind::MailLink, account);
    let recipient = world
        .ask(
            Place::Account(account),
            Issue {
                login,
                form,
                hash: link.hash(),
                continuation: continuation.into(),
                client: client.clone(),
            },
        )?
        .map_err(Halt::Refused)?;
    if let Some(recipient) = recipient {
        let mail = compose(world, &recipient, link.reveal(), client);
        world.ask(mail.place(), Send { id, mail })?;
    }
    Ok(())
}

/// What following the link would ask for, of somebody who shows the session token `held` (empty
/// for none). Spends nothing.
///
/// # Errors
/// [`Refusal::SecretRejected`] for a link that is unknown, used or expired;
/// [`Refusal::RateLimited`].
pub fn inspect(world: &World<'_>, token: &str, held: &str, client: &Client) -> Outcome<Offer> {
    world.limit_address(&Limit::ADDRESS_SIGN_IN, &client.address)?;
    let link = read(token)?;
    let account = link.account();
    world.ask(
        Place::Account(account),
        Inspect {
            hash: link.hash(),
            held: session_of(account, held),
        },
    )
}

/// Signs in who holds the link, once, and says where the sign-in goes on. A `new_password`
/// takes the place of the old one, and the sessions that were opened with it end. `held` is
/// the session token that the request shows, empty for none.
///
/// # Errors
/// [`Refusal::SecretRejected`] for a link that is unknown, used or expired;
/// [`Refusal::NewPasswordRequired`]; [`Refusal::RateLimited`].
pub fn redeem(
    world: &World<'_>,
    token: &str,
    held: &str,
    new_password: Option<Password>,
    client: &Client,
) -> Outcome<(SignedIn, String)> {
    world.limit_address(&Limit::ADDRESS_SIGN_IN, &client.address)?;
    let link = read(token)?;
    let account = link.account();
    let session = Credential::mint(world, CredentialKind::Session, account);
    let redeemed = world.ask(
        Place::Account(account),
        Redeem {
            hash: link.hash(),
            held: session_of(account, held),
            session: session.hash(),
            new_password,
            client: client.clone(),
        },
    )?;
    let signed_in = SignedIn {
        account,
        session_token: session.into_text(),
    };
    Ok((signed_in, redeemed.continuation))
}

fn session_of(account: AccountId, token: &str) -> Option<CredentialHash> {
    let session = Credential::parse(CredentialKind::Session, token).ok()?;
    (session.account() == account).then(|| session.hash())
}

fn read(token: &str) -> Result<Credential, Refusal> {
    Credential::parse(CredentialKind::MailLink, token).map_err(|_| Refusal::SecretRejected)
}

fn compose(world: &World<'_>, recipient: &Recipient, token: &str, client: &Client) -> Mail {
    let origin = &world.settings.public_origin;
    let Recipient {
        email,
        display_name,
        verified,
    } = recipient;
    // Who makes an account with another's address must not have us write to them in words of
    // their own: a display name is 64 characters of whatever they like.
    let (name, warning) = match verified {
        true => (format!(" {display_name}"), ""),
        false => (
            String::new(),
            "\nNobody has shown yet that this address is theirs. Unless you open the link where \
             you are signed in, it asks for a new password: that shuts out whoever else made the \
             account.\n",
        ),
    };
    let from = match client.address.as_str() {
        "" => String::new(),
        address => format!(" from {address}"),
    };
    Mail {
        to: email.clone(),
        subject: "Your sign-in link".into(),
        text: format!(
            "Hello{name},\n\n\
             somebody{from} asked to sign in to your account at {origin}. If that was you, \
             open this link within 15 minutes. It works once:\n\n\
             {origin}{PAGE}?token={token}\n\n\
             If it was not you, do nothing: without the link nobody gets in.\n{warning}"
        ),
    }
}
