package org.posthorn.imap.wire;

import java.util.List;

/// What a program can read in a status response, between the brackets (RFC 3501 §7.1, RFC 5530).
public sealed interface ResponseCode {
  /// Between the brackets.
  String text();

  /// Codes without data.
  enum Plain implements ResponseCode {
    ALERT,
    ALREADYEXISTS,
    AUTHENTICATIONFAILED,
    AUTHORIZATIONFAILED,
    /// RFC 5255 §4.9.
    BADCOMPARATOR,
    CANNOT,
    CLIENTBUG,
    CLOSED,
    CORRUPTION,
    EXPUNGEISSUED,
    HASCHILDREN,
    INUSE,
    LIMIT,
    NONEXISTENT,
    NOPERM,
    NOTIFICATIONOVERFLOW,
    OVERQUOTA,
    PARSE,
    PRIVACYREQUIRED,
    READ_ONLY,
    READ_WRITE,
    SERVERBUG,
    TOOBIG,
    TOOFEW,
    TRYCREATE,
    UIDREQUIRED,
    UNAVAILABLE,
    UNKNOWN_CTE,
    USEATTR;

    private final String text = name().replace('_', '-');

    @Override
    public String text() {
      return text;
    }
  }

  /// RFC 4315 §3, RFC 3502 §6.3.11: UIDs in the order of the messages.
  record AppendUid(long uidValidity, String uids) implements ResponseCode {
    @Override
    public String text() {
      return "APPENDUID " + uidValidity + " " + uids;
    }
  }

  /// RFC 5465 §3.1: the events that are known.
  record BadEvent(List<String> events) implements ResponseCode {
    @Override
    public String text() {
      return "BADEVENT (" + String.join(" ", events) + ")";
    }
  }

  /// RFC 4469 §4.1: the URL as the client wrote it, as far as it can be told.
  record BadUrl(String url) implements ResponseCode {
    @Override
    public String text() {
      return "BADURL " + url.replaceAll("[^ -~]|[\\]\\\\\"]", "?");
    }
  }

  /// RFC 4315 §3; the sets name the messages pairwise.
  record CopyUid(long uidValidity, String from, String to) implements ResponseCode {
    @Override
    public String text() {
      return "COPYUID " + uidValidity + " " + from + " " + to;
    }
  }

  /// RFC 7162 §3.1.2.1.
  record HighestModSeq(long modSeq) implements ResponseCode {
    @Override
    public String text() {
      return "HIGHESTMODSEQ " + modSeq;
    }
  }

  /// RFC 7162 §3.1.3: the messages that were left alone because they had changed.
  record Modified(String set) implements ResponseCode {
    @Override
    public String text() {
      return "MODIFIED " + set;
    }
  }

  /// RFC 3501 §7.1.
  record BadCharset(List<String> supported) implements ResponseCode {
    @Override
    public String text() {
      return "BADCHARSET (" + String.join(" ", supported) + ")";
    }
  }

  /// RFC 3501 §7.1.
  record Capability(String list) implements ResponseCode {
    @Override
    public String text() {
      return "CAPABILITY " + list;
    }
  }

  /// RFC 5464 §4.2.1, §4.3: `LONGENTRIES` or `MAXSIZE` with bytes, or `TOOMANY`.
  record Metadata(String what) implements ResponseCode {
    @Override
    public String text() {
      return "METADATA " + what;
    }
  }

  /// RFC 4467 §8 BASE.7.1.URLMECH.
  record UrlMechanisms() implements ResponseCode {
    @Override
    public String text() {
      return "URLMECH " + AuthorizedUrl.INTERNAL;
    }
  }

  /// RFC 8474 §4.
  record MailboxId(String id) implements ResponseCode {
    @Override
    public String text() {
      return "MAILBOXID (" + id + ")";
    }
  }
}
