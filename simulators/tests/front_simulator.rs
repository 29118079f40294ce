//! The Front simulator, asked over HTTP as a program with its token asks Front.

#[path = "front/caller.rs"]
mod caller;
#[path = "front/imports.rs"]
mod imports;
