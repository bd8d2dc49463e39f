//! Sign-up: two names, one account, all or none.

use alloc::string::String;

use super::SignedIn;
use crate::authority::{
    AccountId, Client, Name, Outcome, Place, World,
    account::{
        password::Password,
        person::{Abandon, Create},
    },
    call::Question,
    credential::{Credential, CredentialKind},
    directory::{
        attempts::{self, Attempt},
        names::{Confirm, Release, Reserve},
    },
    display_name,
    limits::Limit,
    refusal::Refusal,
};

/// What a person gives to sign up, as they typed it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct NewPerson {
    /// `[a-z0-9][a-z0-9_-]{1,31}`; capitals are made small.
    pub username: String,
    /// Their mail address.
    pub email: String,
    /// The name that others see; 1 to 64 characters.
    pub display_name: String,
    /// 10 to 256 characters.
    pub password: String,
}

debug_without_secrets!(NewPerson { username });

/// Opens an account, takes its names, and signs its person in.
///
/// # Errors
/// [`Refusal::InvalidField`]; [`Refusal::NameTaken`], and then nothing was taken;
/// [`Refusal::RateLimited`].
pub fn sign_up(world: &World<'_>, person: &NewPerson, client: &Client) -> Outcome<SignedIn> {
    world.limit_address(&Limit::ADDRESS_SIGN_IN, &client.address)?;
    let username = Name::username(&person.username)?;
    let email = Name::email(&person.email)?;
    let display_name = display_name(&person.display_name)?;
    let password = Password::choose(&person.password)?;

    attempts::count(world, Attempt::SignUp, &client.address)?;

    let account = world.new_account_id();
    let request: [u8; 16] = world.random();
    let session = Credential::mint(world, CredentialKind::Session, account);
    let names = [&username, &email];

    let reserved = ask_for(world, names, |name| Reserve {
        name,
        account,
        request,
    })?;
    if let Some(refusal) = reserved {
        release(world, names, account, request)?;
        return Err(refusal.into());
    }
    world.ask(
        Place::Account(account),
        Create {
            request,
            username: username.clone(),
            email: email.clone(),
            display_name,
            password,
            session: session.hash(),
            client: client.clone(),
        },
    )?;
    // Until both are confirmed no name leads to the account, and nobody holds its session.
    let confirmed = ask_for(world, names, |name| Confirm {
        name,
        account,
        request,
    })?;
    if let Some(refusal) = confirmed {
        release(world, names, account, request)?;
        world.ask(Place::Account(account), Abandon { request })?;
        return Err(refusal.into());
    }
    Ok(SignedIn {
        account,
        session_token: session.into_text(),
    })
}

fn release(
    world: &World<'_>,
    names: [&Name; 2],
    account: AccountId,
    request: [u8; 16],
) -> Outcome<()> {
    let released = ask_for(world, names, |name| Release {
        name,
        account,
        request,
    })?;
    match released {
        Some(refusal) => Err(refusal.into()),
        None => Ok(()),
    }
}

/// Asks the same for each of the names, at the same time; the first no.
fn ask_for<Q: Question<Answer = ()>>(
    world: &World<'_>,
    names: [&Name; 2],
    question: impl Fn(Name) -> Q,
) -> Outcome<Option<Refusal>> {
    let questions = names.map(|name| (name.place(), question(name.clone())));
    let answers = world.ask_all(questions.into())?;
    Ok(answers.into_iter().find_map(Result::err))
}
