//! What one place asks of another.
//!
//! To add a question: its type and its rule in the place that answers it, a line here, a
//! line in that place's `answer`.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    AccountId,
    account::{mail_link, person, sign_in},
    directory::names,
    keyring::{KeyReport, KeysQuestion, RotateKeys},
    mailbox,
    refusal::Refusal,
};

/// A question to a place, with the type of its answer.
pub trait Question: Sized {
    /// What the place says when it does not refuse.
    type Answer: Serialize + DeserializeOwned;
    /// The question as it travels.
    fn into_call(self) -> Call;
}

macro_rules! questions {
    ($($(#[$doc:meta])+ $variant:ident($question:ty) -> $answer:ty,)+) => {
        /// Every question, as it travels. One variant holds one question's type.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum Call {
            $($(#[$doc])+ $variant($question),)+
        }

        $(impl Question for $question {
            type Answer = $answer;
            fn into_call(self) -> Call {
                Call::$variant(self)
            }
        })+
    };
}

questions! {
    /// To the keyring: which keys there are.
    Keys(KeysQuestion) -> Vec<KeyReport>,
    /// To the keyring: the next keys.
    RotateKeys(RotateKeys) -> Vec<KeyReport>,
    /// To a directory: keep a name for an account that is being opened.
    ReserveName(names::Reserve) -> (),
    /// To a directory: the account is open, the name is its own.
    ConfirmName(names::Confirm) -> (),
    /// To a directory: the account was not opened after all.
    ReleaseName(names::Release) -> (),
    /// To a directory: whose name is this?
    ResolveName(names::Resolve) -> Option<AccountId>,
    /// To a fresh account: this is your person.
    CreatePerson(person::Create) -> (),
    /// To an account whose names could not be had: forget your person.
    AbandonPerson(person::Abandon) -> (),
    /// To an account: open a session for who knows the password.
    SignIn(sign_in::SignIn) -> Result<(), Refusal>,
    /// To an account: issue a sign-in link, and say where to send it.
    IssueMailLink(mail_link::Issue) -> Result<Option<mail_link::Recipient>, Refusal>,
    /// To an account: open a session for who holds the link.
    RedeemMailLink(mail_link::Redeem) -> mail_link::Redeemed,
    /// To a mailbox: send this.
    SendMail(mailbox::Send) -> (),
    /// To a mailbox: what was sent, where mail is shown instead of sent.
    ListMail(mailbox::List) -> Vec<mailbox::Shown>,
}
