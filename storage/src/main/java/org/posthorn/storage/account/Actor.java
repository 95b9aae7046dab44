package org.posthorn.storage.account;

/// Who makes a change and how: kept with the change. `login` is the address that logged in, or the
/// name of the part of the server that acts; `protocol` such as `imap`, `smtp`, `admin`;
/// `connection` the connection's or mail's id; all short.
public record Actor(String login, String protocol, String connection) {}
