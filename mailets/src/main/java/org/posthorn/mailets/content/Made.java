package org.posthorn.mailets.content;

import java.util.function.BiFunction;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Services;

/// A factory whose mailet needs nothing but its parameters and the services.
public record Made<P extends Record>(
    String name, String summary, Class<P> parameters, BiFunction<P, Services, Mailet> maker)
    implements MailetFactory<P> {
  @Override
  public Mailet create(P settings, Services services) {
    return maker.apply(settings, services);
  }
}
