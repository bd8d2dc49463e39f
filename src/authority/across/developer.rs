//! A developer signs up: an e-mail, where there is one, and an account.

use alloc::{string::String, vec::Vec};

use crate::authority::{
    Name, Outcome, Place, World,
    account::grants::developer::{Developer, NewDeveloper, Open},
    credential::Credential,
    directory::{
        attempts::{self, Attempt},
        names::{Confirm, Release, Reserve},
    },
};

/// Opens a developer's account and returns their API key, which is not shown again.
///
/// # Errors
/// [`Refusal::InvalidField`](crate::authority::refusal::Refusal::InvalidField);
/// [`Refusal::NameTaken`](crate::authority::refusal::Refusal::NameTaken) for an e-mail that
/// another developer has.
pub fn sign_up(
    world: &World<'_>,
    new: &NewDeveloper,
    address: &str,
) -> Outcome<(Developer, String)> {
    new.check()?;
    let email = new
        .email
        .as_deref()
        .map(Name::developer_email)
        .transpose()?;
    attempts::count(world, Attempt::SignUp, address)?;
    let account = world.new_account_id();
    let request: [u8; 16] = world.random();
    let key = Credential::mint(world, new.mode.key_kind(), account);
    if let Some(name) = email.clone() {
        world.ask(
            name.place(),
            Reserve {
                name,
                account,
                request,
            },
        )?;
    }
    let new = NewDeveloper {
        email: email.as_ref().map(|email| email.as_str().into()),
        ..new.clone()
    };
    let developer = world.ask(
        Place::Account(account),
        Open {
            new,
            key: key.hash(),
        },
    )?;
    if let Some(name) = email {
        let confirm = Confirm {
            name: name.clone(),
            account,
            request,
        };
        if let Some(Err(refusal)) = world.ask_all(Vec::from([(name.place(), confirm)]))?.pop() {
            // The account stays, without a name and without anybody who holds its key.
            world.ask(
                name.place(),
                Release {
                    name,
                    account,
                    request,
                },
            )?;
            return Err(refusal.into());
        }
    }
    Ok((developer, key.into_text()))
}
