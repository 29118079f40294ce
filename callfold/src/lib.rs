#![doc = include_str!("../README.md")]

pub mod config;

pub mod cli;
pub mod copy;
pub mod demo;
pub mod export;
pub mod failure;
pub mod process;
pub mod reach;
pub mod telemetry;
pub mod terminal;
pub mod view;
