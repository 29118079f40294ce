//! Answers that several routes give: errors of both tiers, and pages.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// An error of the edge: only a message.
pub(super) fn edge_error(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({"message": message}))).into_response()
}

/// An error of the application.
pub(super) fn app_error(status: StatusCode, troubleshoot: &str) -> Response {
    let error = status.canonical_reason().unwrap_or("Error");
    let body = json!({"error": error, "troubleshoot": troubleshoot, "success": false});
    (status, Json(body)).into_response()
}

pub(super) fn not_found() -> Response {
    app_error(StatusCode::NOT_FOUND, "Nothing is here")
}

/// Which page of a list, from its query.
#[derive(Debug, Clone, serde::Deserialize)]
pub(super) struct PageQuery {
    page: Option<usize>,
    per_page: Option<usize>,
    order: Option<String>,
}

/// Items on a page unless asked otherwise, and at most.
const PER_PAGE: usize = 20;
const PER_PAGE_MAX: usize = 50;

/// No page shows an item past this one.
pub(super) const REACHABLE_MAX: usize = 10_000;

impl PageQuery {
    pub(super) fn descending(&self) -> bool {
        self.order.as_deref() == Some("desc")
    }

    /// The page of `items` under `name`; `url` is the request's with its query, which the links keep.
    pub(super) fn answer(&self, name: &str, items: &[Value], base: &str, uri: &str) -> Response {
        let per_page = self.per_page.unwrap_or(PER_PAGE).clamp(1, PER_PAGE_MAX);
        let page = self.page.unwrap_or(1).max(1);
        let from = (page - 1).saturating_mul(per_page);
        if from >= REACHABLE_MAX {
            let text = "Only the first 10,000 items can be reached: use from and to";
            return app_error(StatusCode::BAD_REQUEST, text);
        }
        let until = (from + per_page).min(items.len()).min(REACHABLE_MAX);
        let shown = items.get(from..until).unwrap_or_default();
        let more = until < items.len().min(REACHABLE_MAX);
        let link = |page: usize| format!("{base}{}", with_page(uri, page, per_page));
        let body = json!({
            "meta": {
                "count": shown.len(),
                "total": items.len(),
                "current_page": page,
                "per_page": per_page,
                "next_page_link": more.then(|| link(page + 1)),
                "previous_page_link": (page > 1).then(|| link(page - 1)),
            },
            name: shown,
        });
        Json(body).into_response()
    }
}

/// The same path and query with another page.
fn with_page(uri: &str, page: usize, per_page: usize) -> String {
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let kept = query.split('&').filter(|pair| {
        !pair.is_empty() && !pair.starts_with("page=") && !pair.starts_with("per_page=")
    });
    let mut pairs: Vec<String> = kept.map(str::to_owned).collect();
    pairs.push(format!("page={page}"));
    pairs.push(format!("per_page={per_page}"));
    format!("{path}?{}", pairs.join("&"))
}
