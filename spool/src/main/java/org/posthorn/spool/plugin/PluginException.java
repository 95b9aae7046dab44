package org.posthorn.spool.plugin;

/// A plugin cannot be used. The message is for the operator: it names the file, what is wrong with
/// it and what to do.
public final class PluginException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  PluginException(String plugin, String what) {
    this("Plugin %s %s".formatted(plugin, what));
  }

  PluginException(String message) {
    super(message);
  }

  String what() {
    return String.valueOf(getMessage());
  }
}
