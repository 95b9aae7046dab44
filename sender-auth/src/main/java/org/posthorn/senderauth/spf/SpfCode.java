package org.posthorn.senderauth.spf;

import java.util.Locale;

/// The results of a check (RFC 7208 §2.6).
public enum SpfCode {
  NONE,
  NEUTRAL,
  PASS,
  FAIL,
  SOFTFAIL,
  TEMPERROR,
  PERMERROR;

  /// As headers write it.
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
