package org.posthorn.storage.directory;

/// How a password is shown to be known.
public enum Mechanism {
  /// The password as it is (RFC 4616), also by the login commands of IMAP and POP3.
  PLAIN,
  /// The password as it is, as older programs send it.
  LOGIN,
  /// Without telling the password (RFC 7677), also bound to the TLS connection.
  SCRAM_SHA_256,
  /// The same with an older hash function (RFC 5802), for programs that know no other.
  SCRAM_SHA_1
}
