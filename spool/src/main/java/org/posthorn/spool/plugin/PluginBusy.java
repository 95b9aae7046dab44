package org.posthorn.spool.plugin;

/// A plugin was not called, through no fault of its own: the mail comes back later.
@SuppressWarnings("OverrideThrowableToString") // The words are for the story of a mail.
final class PluginBusy extends RuntimeException {
  private static final long serialVersionUID = 1L;

  PluginBusy(String why) {
    super(why, null, false, false);
  }

  @Override
  public String toString() {
    return String.valueOf(getMessage());
  }
}
