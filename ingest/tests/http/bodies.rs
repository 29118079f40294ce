//! Bodies written from the field tables of Aircall's reference; none is a captured one.

/// The token that the rig accepts.
pub const TOKEN: &str = "c0ffee00c0ffee00c0ffee00c0ffee00";

/// An inbound call that was answered and has ended.
pub fn ended(call_id: i64) -> String {
    format!(
        r#"{{"resource":"call","event":"call.ended","timestamp":1767261655,"token":"{TOKEN}","data":{{"id":{call_id},"direct_link":"https://api.aircall.example/v1/calls/{call_id}","direction":"inbound","status":"done","missed_call_reason":null,"started_at":1767261600,"answered_at":1767261612,"ended_at":1767261625,"duration":25,"voicemail":null,"recording":"https://media.example/{call_id}.mp3?X-Amz-Expires=600&X-Amz-Signature=abc","asset":"https://assets.aircall.example/calls/{call_id}/recording","raw_digits":"+44 330 818 0000","user":{{"id":7,"name":"Agent Seven","email":"Seven@Example.com"}},"number":{{"id":31,"name":"Support","digits":"+43 720 880000","country":"AT","time_zone":"Europe/Vienna"}},"archived":false,"teams":[],"comments":[],"tags":[]}}}}"#
    )
}
