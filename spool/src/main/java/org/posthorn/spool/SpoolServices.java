package org.posthorn.spool;

import java.time.InstantSource;
import java.util.function.Function;
import org.posthorn.mailet.Dns;
import org.posthorn.mailet.Memory;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Submission;
import org.posthorn.message.MailAddress;

/// What the server does for plugins.
record SpoolServices(
    Submission submission,
    ServerName name,
    InstantSource clock,
    Dns dns,
    Function<String, Memory> memories,
    Notices notices)
    implements Services {
  @Override
  public void tell(MailAddress to, String subject, String text) {
    notices.send(to, subject, text);
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
    return memories.apply(name);
  }
}
