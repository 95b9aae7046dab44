package org.posthorn.spool.returnpath;

import org.posthorn.message.MailAddress;

/// What an address says, read as a return path of ours.
public sealed interface ReturnPath {
  /// It does not look like one.
  record None() implements ReturnPath {}

  /// Of a mail that was sent on: what comes here is for `original`.
  record SentOn(MailAddress original) implements ReturnPath {}

  /// Of the mails that were sent to `recipient` for `name`, such as that of a list: what comes here
  /// says that they did not arrive.
  record ForOne(String name, MailAddress recipient) implements ReturnPath {}

  /// It looks like one and is none: made by somebody else, or cut or changed on the way.
  record Forged() implements ReturnPath {}

  /// It was one, too long ago.
  record Expired() implements ReturnPath {}
}
