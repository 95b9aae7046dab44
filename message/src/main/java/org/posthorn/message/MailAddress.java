package org.posthorn.message;

/// A mailbox address as SMTP knows it (RFC 5321 §4.1.2, RFC 6531 §3.3): the local part unquoted and
/// in the case it came in, and a domain.
public record MailAddress(String localPart, Domain domain) {}
