//! Finding what is ours in what Front shows: comments by their mark, messages by the uid that the import
//! was answered with, or by what only that message has.

use schemas::{Activity, CallId, FrontCommentId, FrontConversationId, FrontMessageId, MessageUid};
use serde_json::Value;

use crate::verdict::conversation_in;

/// What is found of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundMessage {
    /// `msg_...`
    pub message_id: FrontMessageId,
    /// `cnv_...`, where the message names it.
    pub conversation_id: Option<FrontConversationId>,
}

/// How one of our messages is recognised.
#[derive(Debug, Clone, Copy)]
pub struct Ours<'a> {
    /// The uid that Front answered the import with.
    pub uid: Option<&'a MessageUid>,
    /// The call that it is about.
    pub call_id: Option<CallId>,
    /// What was imported.
    pub activity: &'a Activity,
}

/// `com_...` of the comment whose text ends with `mark`.
#[must_use]
pub fn comment(list: &Value, mark: &str) -> Option<FrontCommentId> {
    let ours = |comment: &&Value| {
        let body = comment["body"].as_str().unwrap_or_default();
        plain(body).trim_end().ends_with(mark)
    };
    id_of(results(list).find(ours)?).map(Into::into)
}

/// One of our messages in a list of a conversation's messages.
#[must_use]
pub fn message(list: &Value, ours: Ours<'_>) -> Option<FoundMessage> {
    let uid = ours.uid.map(MessageUid::as_str);
    let by_uid = |message: &&Value| uid.is_some() && message["message_uid"].as_str() == uid;
    let found =
        results(list).find(by_uid).or_else(|| results(list).find(|it| has_our_marks(it, ours)))?;
    self::found(found)
}

/// The message itself, as reading it by its uid shows it.
#[must_use]
pub fn found(message: &Value) -> Option<FoundMessage> {
    let link = message["_links"]["related"]["conversation"].as_str();
    Some(FoundMessage {
        message_id: id_of(message)?.into(),
        conversation_id: link.and_then(conversation_in),
    })
}

/// What no other message has together: time, direction, subject, and the call in its last line.
fn has_our_marks(message: &Value, ours: Ours<'_>) -> bool {
    let Some(call_id) = ours.call_id else { return false };
    let mark = format!("Aircall call {call_id}");
    let ends_with_mark = |field: &str| {
        message[field].as_str().is_some_and(|text| plain(text).trim_end().ends_with(&mark))
    };
    let seconds = message["created_at"].as_f64().map(|at| at.floor() as i64);
    seconds == Some(ours.activity.shown_at.seconds())
        && message["is_inbound"].as_bool() == Some(ours.activity.inbound)
        && message["subject"].as_str().is_none_or(|it| it == ours.activity.subject)
        && (ends_with_mark("body") || ends_with_mark("text"))
}

/// Text without the HTML and Markdown that Front may have put around it.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for letter in text.chars() {
        match letter {
            '<' => inside = true,
            '>' if inside => inside = false,
            '\\' => {}
            _ if !inside => out.push(letter),
            _ => {}
        }
    }
    out
}

fn results(list: &Value) -> impl Iterator<Item = &Value> {
    list["_results"].as_array().into_iter().flatten()
}

fn id_of(value: &Value) -> Option<&str> {
    value["id"].as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::{Customer, TimeMs};
    use serde_json::json;

    fn activity(seconds: i64) -> Activity {
        Activity {
            inbound: false,
            subject: "Inbound answered call - Support".into(),
            body: String::new(),
            shown_at: TimeMs::from_seconds(seconds),
            customer: Customer { handle: "".into(), name: None },
            line_handle: "".into(),
            author: None,
            assignee: None,
            inbox_id: None,
            is_archived: false,
        }
    }

    #[test]
    fn b10_a_comment_is_known_by_its_mark_even_when_two_have_the_same_text() {
        let list = json!({"_results": [
            {"id": "com_3", "body": "same\n[call 7 comment 91]"},
            {"id": "com_2", "body": "<p>same<br>[call 7 comment 9]</p>\n"},
            {"id": "com_1", "body": "quotes [call 7 comment 8] and goes on"},
        ]});
        for (mark, id) in [
            ("[call 7 comment 9]", Some("com_2")),
            ("[call 7 comment 91]", Some("com_3")),
            ("[call 7 comment 8]", None),
        ] {
            assert_eq!(comment(&list, mark), id.map(FrontCommentId::from), "{mark}");
        }
        assert_eq!(comment(&Value::Null, "x"), None);
    }

    #[test]
    fn b30_a_message_is_known_by_uid_or_by_what_only_it_has() {
        let list = json!({"_results": [
            {"id": "msg_3", "message_uid": "c", "created_at": 102.0, "is_inbound": false,
             "subject": "Inbound answered call - Support", "body": "Duration: 3 s\nAircall call 7"},
            {"id": "msg_2", "message_uid": "b", "created_at": 101.0, "is_inbound": false,
             "subject": "Inbound answered call - Support", "body": "Aircall call 70",
             "_links": {"related": {"conversation": "https://x.example/conversations/cnv_4"}}},
            {"id": "msg_1", "message_uid": "a", "created_at": 101.0, "is_inbound": false,
             "subject": "Inbound answered call - Support", "body": "<p>Aircall call 7</p>"},
        ]});
        let call = |id: i64| Some(CallId::try_from(id).unwrap());
        for (uid, call_id, seconds, id) in [
            (Some("b"), call(7), 101, Some("msg_2")),
            (Some("never seen"), call(7), 101, Some("msg_1")),
            (None, call(7), 102, Some("msg_3")),
            (None, call(70), 101, Some("msg_2")),
            (None, call(7), 103, None),
            (None, None, 101, None),
        ] {
            let (activity, uid) = (activity(seconds), uid.map(MessageUid::from));
            let ours = Ours { uid: uid.as_ref(), call_id, activity: &activity };
            let found = message(&list, ours).map(|found| found.message_id);
            assert_eq!(found, id.map(FrontMessageId::from), "{uid:?} {seconds}");
        }
        let (activity, uid) = (activity(101), MessageUid::from("b"));
        let ours = Ours { uid: Some(&uid), call_id: None, activity: &activity };
        assert_eq!(message(&list, ours).unwrap().conversation_id, Some("cnv_4".into()));
    }
}
