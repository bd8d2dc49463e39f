//! Sign-in by password.
//!
//! An unknown name leads to a decoy, which counts, hashes and refuses as the account of a
//! person does: same questions, same hash, same limits, same words.

use super::{SignedIn, login::account_of};
use crate::authority::{
    Client, Halt, Name, Outcome, Place, World,
    account::{form_token::FormProof, password::Password, sign_in::SignIn},
    credential::{Credential, CredentialKind},
    limits::Limit,
    refusal::Refusal,
};

/// Signs in by user name or mail address and password. `form` is the proof of the form that
/// they were typed in, where it was a form.
///
/// # Errors
/// [`Refusal::SignInFailed`], [`Refusal::RateLimited`], [`Refusal::FormRejected`].
pub fn with_password(
    world: &World<'_>,
    login: &str,
    password: &str,
    form: Option<FormProof>,
    client: &Client,
) -> Outcome<SignedIn> {
    world.limit_address(&Limit::ADDRESS_SIGN_IN, &client.address)?;
    let login = Name::login(login).map_err(|_| Refusal::SignInFailed)?;
    let password = Password::attempt(password)?;
    let account = account_of(world, &login)?;
    let session = Credential::mint(world, CredentialKind::Session, account);
    world
        .ask(
            Place::Account(account),
            SignIn {
                login,
                password,
                form,
                session: session.hash(),
                client: client.clone(),
            },
        )?
        .map_err(Halt::Refused)?;
    Ok(SignedIn {
        account,
        session_token: session.into_text(),
    })
}
