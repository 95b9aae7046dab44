package org.posthorn.spool;

import java.time.InstantSource;
import java.util.function.Function;
import org.posthorn.mailet.Directory;
import org.posthorn.mailet.Dns;
import org.posthorn.mailet.Http;
import org.posthorn.mailet.Memory;
import org.posthorn.mailet.Metrics;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Store;
import org.posthorn.mailet.Submission;
import org.posthorn.message.MailAddress;

/// What the server does for plugins.
record SpoolServices(
    Submission submission,
    ServerName name,
    InstantSource clock,
    Dns dns,
    Http http,
    Directory directory,
    Metrics metrics,
    Kept kept,
    Notices notices)
    implements Services {
  /// What plugins keep, each under a name.
  record Kept(Function<String, Memory> memories, Function<String, Store> stores) {}

  @Override
  public void tell(MailAddress to, String subject, String text) {
    notices.tell(to, subject, text);
  }

  @Override
  public String hostname() {
    return name.value();
  }

  @Override
  public System.Logger logger(String name) {
    return System.getLogger(name);
  }

  @Override
  public Memory memory(String name) {
    return kept.memories().apply(name);
  }

  @Override
  public Store store(String name) {
    return kept.stores().apply(name);
  }
}
