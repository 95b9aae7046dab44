package org.posthorn.app.config;

/// A value as it is in force, for people to read, and where it comes from: `default`,
/// `posthorn.yaml:12`, `--set`. A value that was looked up (`${file:…}`, `${env:…}`) is shown as
/// the look-up, so no secret is shown.
public record Setting(String key, String value, String place) {}
