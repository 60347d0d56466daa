FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0 \
    PORT=8000 \
    DATA_DIR=/data \
    STATIC_ROOT=/app/staticfiles

WORKDIR /app

COPY requirements.lock .
RUN pip install --no-cache-dir --require-hashes --requirement requirements.lock

COPY . .
RUN SECRET_KEY=none python manage.py collectstatic --no-input --verbosity 0 \
    && useradd --system --uid 10001 winnow \
    && install --directory --owner winnow /data /data/uploads

USER 10001
VOLUME /data
EXPOSE 8000
CMD ["python", "-m", "gunicorn", "project.wsgi:application"]
