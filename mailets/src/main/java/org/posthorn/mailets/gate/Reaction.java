package org.posthorn.mailets.gate;

import org.posthorn.mailet.Verdict;

/// What the operator wants to happen to what a gate has found, the strictest first.
enum Reaction {
  REFUSE,
  DEFER,
  TAG,
  PASS,
  ACCEPT;

  /// `detail`: subject and detail of the enhanced status, such as `7.1`; `attribute` is set to
  /// `value` where it is a tag.
  Verdict verdict(String detail, String text, String reason, String attribute, String value) {
    return switch (this) {
      case REFUSE -> new Verdict.Refuse(550, "5." + detail, text, reason);
      case DEFER -> new Verdict.Defer(451, "4." + detail, text, reason);
      case TAG -> Verdict.tag(attribute, value, reason);
      case PASS -> Verdict.pass();
      case ACCEPT -> new Verdict.Accept(reason);
    };
  }
}
