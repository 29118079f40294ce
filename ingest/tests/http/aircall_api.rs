//! The client of Aircall's API against a scripted server.

use ingest::aircall_api::{ApiError, Client};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Gives each of `answers` to one request, and the heads of the requests at the end. `HOST` in an
/// answer becomes the server's address.
async fn serve(answers: Vec<(&'static str, &'static str)>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = format!("http://{}", listener.local_addr().unwrap());
    let own = host.clone();
    let serving = tokio::spawn(async move {
        let mut asked = Vec::new();
        for (status, body) in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            asked.push(String::from_utf8(head).unwrap());
            let body = body.replace("HOST", &own);
            let answer = format!(
                "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
        asked
    });
    (host, serving)
}

fn client(host: &str) -> Client {
    Client::new(host, "the-id", "the-token".into()).unwrap()
}

#[tokio::test]
async fn lines_are_read_page_by_page() {
    let (host, serving) = serve(vec![
        (
            "200 OK",
            r#"{"meta":{"next_page_link":"HOST/v1/numbers?page=2&per_page=50"},"numbers":[{"id":1,"name":"One"},{"id":"2"},{"name":"without an id"}]}"#,
        ),
        ("200 OK", r#"{"meta":{"next_page_link":null},"numbers":[{"id":3,"name":"Three"}]}"#),
    ])
    .await;
    let lines = client(&host).numbers().await.unwrap();
    let names: Vec<_> = lines.iter().map(|line| (line.id, line.name.as_deref())).collect();
    assert_eq!(names, [(1, Some("One")), (2, None), (3, Some("Three"))]);
    let asked = serving.await.unwrap();
    assert!(asked[0].starts_with("GET /v1/numbers?per_page=50 "));
    assert!(asked[1].starts_with("GET /v1/numbers?page=2&per_page=50 "));
    for head in asked {
        assert!(head.contains("authorization: Basic dGhlLWlkOnRoZS10b2tlbg=="), "id:token");
    }
}

#[tokio::test]
async fn users_have_their_e_mail_in_lower_case() {
    let (host, serving) =
        serve(vec![("200 OK", r#"{"users":[{"id":7,"name":"A","email":"A@Example.com"}]}"#)]).await;
    let users = client(&host).users().await.unwrap();
    assert_eq!(users[0].email.as_deref(), Some("a@example.com"));
    assert!(serving.await.unwrap()[0].starts_with("GET /v2/users?per_page=50 "));
}

#[tokio::test]
async fn the_token_goes_to_no_other_host() {
    let (host, _serving) = serve(vec![(
        "200 OK",
        r#"{"meta":{"next_page_link":"http://localhost:1/v1/numbers"},"numbers":[]}"#,
    )])
    .await;
    assert!(matches!(client(&host).numbers().await, Err(ApiError::Elsewhere)));
    let (host, serving) = serve(vec![("302 Found\r\nlocation: /elsewhere", "")]).await;
    assert!(matches!(client(&host).numbers().await, Err(ApiError::Status(_))));
    assert_eq!(serving.await.unwrap().len(), 1, "a redirect is not followed");
    for url in ["http://api.example.com", "ftp://127.0.0.1", "nonsense"] {
        let client = Client::new(url, "the-id", "the-token".into());
        assert!(matches!(client, Err(ApiError::Address)), "{url}");
    }
    assert!(Client::new("https://api.example.com", "the-id", "the-token".into()).is_ok());
}

#[tokio::test]
async fn errors_say_what_to_do_and_nothing_that_is_secret() {
    for (status, body, expected) in [
        ("403 Forbidden", "{}", "Aircall refuses the key (403 Forbidden)"),
        ("401 Unauthorized", "{}", "Aircall refuses the key (401 Unauthorized)"),
        ("500 Oh", "{}", "Aircall answered 500"),
        ("200 OK", "hello", "Aircall's answer could not be read"),
        ("200 OK", r#"{"users":[]}"#, "Aircall's answer could not be read"),
    ] {
        let (host, _serving) = serve(vec![(status, body)]).await;
        let error = client(&host).numbers().await.unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
        assert!(!error.contains("the-token"));
    }
}
