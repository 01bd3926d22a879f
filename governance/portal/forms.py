"""How forms look on the pages."""

from django.forms.renderers import TemplatesSetting


class FormRenderer(TemplatesSetting):
    """Renders `{{ form }}` with the site's own fields, so that every page's forms look alike."""

    form_template_name = "partials/form.html"
    field_template_name = "partials/field.html"
