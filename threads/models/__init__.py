from threads.models.campaigns import Campaign, CampaignLog, Judge
from threads.models.logs import Log, LogKey, Thread
from threads.models.rules import SamplingRule, SamplingRun

__all__ = ["Campaign", "CampaignLog", "Judge", "Log", "LogKey", "SamplingRule", "SamplingRun", "Thread"]
